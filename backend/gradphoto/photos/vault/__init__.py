"""What the kept bytes tell, by computing only: how two versions differ, and whether one was edited again."""
