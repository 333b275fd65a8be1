-- messages with a length prefix of 4 bytes, little endian
return {length = "<I4"}
