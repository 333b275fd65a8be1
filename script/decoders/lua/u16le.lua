-- messages with a length prefix of 2 bytes, little endian
return {length = "<I2"}
