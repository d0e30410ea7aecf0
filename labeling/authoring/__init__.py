"""What an author of functions works with: what each does, one tried, new ones suggested."""
