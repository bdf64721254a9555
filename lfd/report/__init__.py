"""What is said of a run: findings as plain values, and their renderings."""
