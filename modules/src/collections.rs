//! `collections`

use krait_runtime::module;
use krait_runtime::obj::ordered_dict::ORDERED_DICT;

use crate::deque::DEQUE;
use crate::namedtuple::namedtuple;

module! {
    /// `collections`
    pub static COLLECTIONS: q!(collections);
    q!(deque) => ty(&DEQUE),
    q!(namedtuple) => f2(namedtuple),
    q!(OrderedDict) => ty(&ORDERED_DICT),
}
