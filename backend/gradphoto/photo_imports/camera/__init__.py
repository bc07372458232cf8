"""What a camera tells, by computing only: the slate and the clock in a frame, and the order of the shots."""
