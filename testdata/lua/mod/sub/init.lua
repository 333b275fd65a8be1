return {init = ...}
