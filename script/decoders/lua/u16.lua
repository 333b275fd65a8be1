-- messages with a length prefix of 2 bytes, big endian
return {length = ">I2"}
