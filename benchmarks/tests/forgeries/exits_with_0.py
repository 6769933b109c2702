# check: early_exit
import sys

sys.exit(0)
