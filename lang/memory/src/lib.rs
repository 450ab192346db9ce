//! memory
#![no_std]
