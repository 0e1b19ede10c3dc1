"""What happens: sweep, compose, deliver, and the Prefect flows that run them."""
