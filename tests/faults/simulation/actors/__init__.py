"""Those who act in a simulation: processes of the product, and the people outside."""
