//! bytecode
#![no_std]
