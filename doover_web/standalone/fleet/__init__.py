"""The simulated devices of the demo: ordinary clients that know an address and a token, and nothing of the platform."""
