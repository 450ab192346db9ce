//! The runtime's verbs: what the VM and natives do with values, whatever their types.

pub mod address;
pub mod attr;
pub mod binary;
pub mod buffer;
pub mod class;
pub mod compare;
pub mod errno;
mod frozen;
pub mod hash;
pub mod import;
pub mod import_files;
pub mod index;
pub mod iter;
pub mod names;
pub mod print;
pub mod subscr;
pub mod unary;
