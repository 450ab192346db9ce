//! Python's types, one a file.

pub mod array;
pub mod bool_;
pub mod bound_method;
pub mod bytearray;
pub mod bytes;
pub mod dict;
pub mod exception;
pub mod float;
pub mod function;
pub mod instance;
pub mod int;
pub mod iterator;
pub mod list;
pub mod module;
pub mod property;
pub mod singletons;
pub mod slice;
pub mod str_;
pub mod super_;
pub mod table;
pub mod tuple;
pub mod type_;
