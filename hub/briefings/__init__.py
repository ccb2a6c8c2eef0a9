"""An area on two printed pages. It reads what two capabilities each know a part of, so it is in neither."""
