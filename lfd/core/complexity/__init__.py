"""How complex a data set is: its factors, their strengths, how well they can be known; from choices alone."""
