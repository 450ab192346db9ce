//! runtime
#![no_std]
