# check: early_exit
import os

os._exit(0)
