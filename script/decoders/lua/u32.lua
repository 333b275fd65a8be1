-- messages with a length prefix of 4 bytes, big endian
return {length = ">I4"}
