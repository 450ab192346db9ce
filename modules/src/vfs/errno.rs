//! The error numbers that file systems use: Linux's, as the reference has them on all ports.

/// Not permitted.
pub const EPERM: i32 = 1;
/// No such file or folder.
pub const ENOENT: i32 = 2;
/// A signal came meanwhile.
pub const EINTR: i32 = 4;
/// The device failed, or what is on it is damaged.
pub const EIO: i32 = 5;
/// Not an open file.
pub const EBADF: i32 = 9;
/// Nothing now, and waiting is not wanted.
pub const EAGAIN: i32 = 11;
/// No memory.
pub const ENOMEM: i32 = 12;
/// Access denied.
pub const EACCES: i32 = 13;
/// In use.
pub const EBUSY: i32 = 16;
/// It is there already.
pub const EEXIST: i32 = 17;
/// No (such) file system.
pub const ENODEV: i32 = 19;
/// A file where a folder is needed.
pub const ENOTDIR: i32 = 20;
/// A folder where a file is needed.
pub const EISDIR: i32 = 21;
/// An argument makes no sense.
pub const EINVAL: i32 = 22;
/// Too many open files.
pub const EMFILE: i32 = 24;
/// The file would be too large.
pub const EFBIG: i32 = 27;
/// The device is full.
pub const ENOSPC: i32 = 28;
/// The file system is read-only.
pub const EROFS: i32 = 30;
/// The name is too long.
pub const ENAMETOOLONG: i32 = 36;
/// The folder is not empty.
pub const ENOTEMPTY: i32 = 39;
/// Not supported.
pub const EOPNOTSUPP: i32 = 95;
