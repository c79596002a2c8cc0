"""The assets, thin: each calls one function of the warehouse and says what came of it."""
