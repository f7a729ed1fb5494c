"""What people and programs see. Each view turns values into text; none decides anything."""
