"""`/feed`: tells programs and open pages that national figures moved. Area codes, positions and a day; nothing else."""
