"""The pages: their routes, what each shows, and the facts they are drawn from."""
