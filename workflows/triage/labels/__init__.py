"""Which labels and which type a report gets: from those that there are, by what the repository has labelled before."""
