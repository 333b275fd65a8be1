return require("mod.loop")
