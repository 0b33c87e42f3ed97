// The reference tree and the tables of decisions land beside this file.
