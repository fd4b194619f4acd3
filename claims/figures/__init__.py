"""What the manager's numbers mean: which claims count, by which amount, and in which words. Without a database."""
