-- messages with their length before them, in 2 bytes, big endian
return {length = ">I2"}
