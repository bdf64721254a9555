"""What is true: data, models, latent space, decoding. No files, no printing, no environment."""
