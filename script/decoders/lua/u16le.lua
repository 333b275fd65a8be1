-- messages with their length before them, in 2 bytes, little endian
return {length = "<I2"}
