"""Places on the map that somebody watches over: fences, who is inside, and who crossed them."""
