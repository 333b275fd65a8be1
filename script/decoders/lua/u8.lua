-- messages with a length prefix of 1 byte
return {length = "B"}
