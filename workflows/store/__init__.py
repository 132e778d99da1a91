"""What is kept: tables, rows as values, and the queries between them."""
