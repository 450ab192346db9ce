//! compiler
#![no_std]
