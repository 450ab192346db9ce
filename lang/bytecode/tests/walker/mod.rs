//! A virtual machine without objects: it knows what sort of word is in each slot, nothing else.
//!
//! It follows the rules that the verifier states for virtual machines, written down a second time
//! and with concrete words, and fails wherever a real machine would touch a word of the wrong
//! sort, leave its frame, or lose its place. Branches, returns of finally blocks and exceptions
//! at any instruction are drawn at random.

use krait_bytecode::insn::{self, Insn};
use krait_bytecode::opcode::{Op, Operand};
use krait_bytecode::prelude::Prelude;
use krait_bytecode::verify::Facts;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    Object,
    List,
    Dict,
    Set,
    Tuple,
    Name,
    Null,
    Cell,
    /// Position 0 to 3 in an iterator made at a certain step.
    Iter(u8, u64),
    None,
    Exception,
    /// Outcome of a return: the value, then the marker.
    Return(bool),
    /// Outcome of a jump: its place in `jumps`, then the marker.
    Jump(bool, usize),
}

use Word::*;

impl Word {
    fn is_object(self) -> bool {
        matches!(self, Object | List | Dict | Set | Tuple | Name | None | Exception)
    }
}

#[derive(Clone, Copy)]
struct Block {
    handler: usize,
    sort: Op,
    /// Height of the stack when it was opened.
    level: usize,
    /// Words below the outcome that the handler is to have consumed when it ends.
    consumes: usize,
}

struct Pending {
    to: usize,
    left: u8,
    pop_iter: bool,
}

pub(crate) struct Walker<'c> {
    code: &'c [u8],
    prelude: Prelude<'c>,
    facts: Facts,
    stack: Vec<Word>,
    blocks: Vec<Block>,
    jumps: Vec<Pending>,
    at: usize,
    random: u64,
    step: u64,
}

/// Where execution goes after an instruction.
enum Next {
    At(usize),
    Raise,
    Return,
    Unwind(Pending),
    End,
}

impl<'c> Walker<'c> {
    pub(crate) fn new(bytes: &'c [u8], facts: Facts, seed: u64) -> Self {
        let prelude = Prelude::parse(bytes).unwrap();
        assert!(facts.locals + facts.stack <= prelude.signature.n_state);
        assert!(facts.blocks <= prelude.signature.n_exc_stack);
        Walker {
            code: prelude.instructions(),
            prelude,
            facts,
            stack: Vec::new(),
            blocks: Vec::new(),
            jumps: Vec::new(),
            at: 0,
            random: seed | 1,
            step: 0,
        }
    }

    fn draw(&mut self, n: u64) -> u64 {
        self.random = self.random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.random >> 33) % n
    }

    fn push(&mut self, word: Word) {
        self.stack.push(word);
        assert!(self.stack.len() as u32 <= self.facts.stack, "stack overflow at {}", self.at);
    }

    fn pop(&mut self) -> Word {
        self.stack.pop().unwrap_or_else(|| panic!("stack underflow at {}", self.at))
    }

    fn object(&mut self) -> Word {
        let word = self.pop();
        assert!(word.is_object(), "{word:?} is no object at {}", self.at);
        word
    }

    fn objects(&mut self, n: usize) {
        for _ in 0..n {
            self.object();
        }
    }

    fn want(&mut self, accept: impl Fn(Word) -> bool) {
        let word = self.pop();
        assert!(accept(word), "{word:?} at {}", self.at);
    }

    fn is_cell(&self, local: i64) -> bool {
        assert!(local < i64::from(self.facts.locals));
        local < i64::from(self.facts.closed) || self.prelude.cells().iter().any(|c| i64::from(*c) == local)
    }

    /// Executes at most some hundred instructions.
    pub(crate) fn run(&mut self) {
        for _ in 0..400 {
            self.step += 1;
            let insn = insn::decode(self.code, self.at).expect("an instruction");
            let mut next = if self.draw(12) == 0 { Next::Raise } else { self.execute(&insn) };
            loop {
                next = match next {
                    Next::At(at) => {
                        self.at = at;
                        break;
                    }
                    Next::End => return,
                    Next::Raise => self.raise(),
                    Next::Return => self.unwind_return(),
                    Next::Unwind(pending) => self.unwind_jump(pending),
                };
            }
        }
    }

    fn active(&self, block: &Block) -> bool {
        block.handler <= self.at
    }

    fn raise(&mut self) -> Next {
        while let Some(block) = self.blocks.last().copied() {
            if self.active(&block) {
                self.blocks.pop();
                continue;
            }
            self.cut(block.level);
            self.push(Exception);
            return Next::At(self.handler(&block, true));
        }
        Next::End
    }

    fn cut(&mut self, level: usize) {
        assert!(self.stack.len() >= level, "below the block's level at {}", self.at);
        self.stack.truncate(level);
    }

    fn handler(&self, block: &Block, exception: bool) -> usize {
        if block.sort == Op::SetupFinally && self.code[block.handler] == Op::DupTop.byte() {
            let dispatch = insn::finally_dispatch(self.code, block.handler).unwrap();
            return if exception { dispatch.exception } else { dispatch.unwind as usize };
        }
        block.handler
    }

    fn unwind_return(&mut self) -> Next {
        while let Some(block) = self.blocks.last().copied() {
            if block.sort != Op::SetupExcept && !self.active(&block) {
                self.cut(block.level);
                self.push(Return(false));
                self.push(Return(true));
                return Next::At(self.handler(&block, false));
            }
            self.blocks.pop();
        }
        Next::End
    }

    fn unwind_jump(&mut self, mut pending: Pending) -> Next {
        while pending.left > 0 {
            let block = *self.blocks.last().expect("a block to leave");
            pending.left -= 1;
            if block.sort != Op::SetupExcept {
                self.cut(block.level);
                if !self.active(&block) {
                    let place = self.jumps.len();
                    self.jumps.push(pending);
                    self.push(Jump(false, place));
                    self.push(Jump(true, place));
                    return Next::At(self.handler(&block, false));
                }
            }
            self.blocks.pop();
        }
        if pending.pop_iter {
            for _ in 0..4 {
                self.want(|w| matches!(w, Iter(..)));
            }
        }
        Next::At(pending.to)
    }

    fn end_finally(&mut self) -> Next {
        let block = self.blocks.pop().expect("a block to end");
        assert!(self.active(&block));
        match self.pop() {
            None => Next::At(self.at + 1),
            Exception => Next::Raise,
            Return(true) => {
                assert_eq!(self.pop(), Return(false));
                assert_eq!(self.stack.len(), block.level - block.consumes);
                Next::Return
            }
            Jump(true, place) => {
                assert_eq!(self.pop(), Jump(false, place));
                assert_eq!(self.stack.len(), block.level - block.consumes);
                let Pending { to, left, pop_iter } = self.jumps[place];
                Next::Unwind(Pending { to, left, pop_iter })
            }
            word => panic!("{word:?} is no outcome at {}", self.at),
        }
    }

    fn open(&mut self, insn: &Insn) {
        let handler = insn.arg as usize;
        let sort = insn.op;
        let consumes = match sort {
            Op::SetupWith => 2,
            Op::SetupFinally if self.code[handler] == Op::DupTop.byte() => 1,
            _ => 0,
        };
        let level = self.stack.len();
        self.blocks.push(Block { handler, sort, level, consumes });
        assert!(self.blocks.len() as u32 <= self.facts.blocks);
    }

    fn room(&self, words: usize) {
        assert!(self.stack.len() + words <= self.facts.stack as usize, "no room at {}", self.at);
    }

    fn execute(&mut self, insn: &Insn) -> Next {
        let next = Next::At(insn.next);
        let to = || Next::At(usize::try_from(insn.arg).unwrap());
        let n = insn.arg as usize;
        match insn.op {
            Op::LoadConstNone => self.push(None),
            Op::LoadConstString => self.push(Name),
            Op::LoadNull => self.push(Null),
            Op::LoadFastMulti | Op::LoadFastN => {
                let word = if self.is_cell(insn.arg) { Cell } else { Object };
                self.push(word);
            }
            Op::StoreFastMulti | Op::StoreFastN => {
                assert!(!self.is_cell(insn.arg));
                self.object();
            }
            Op::DeleteFast => assert!(!self.is_cell(insn.arg)),
            Op::LoadDeref | Op::StoreDeref | Op::DeleteDeref => {
                assert!(self.is_cell(insn.arg));
                match insn.op {
                    Op::LoadDeref => self.push(Object),
                    Op::StoreDeref => self.objects(1),
                    _ => {}
                }
            }
            Op::LoadMethod | Op::LoadSuperMethod => {
                self.objects(if insn.op == Op::LoadMethod { 1 } else { 3 });
                self.push(Object);
                let receiver = if self.draw(2) == 0 { Null } else { Object };
                self.push(receiver);
            }
            Op::StoreAttr => {
                self.object();
                self.want(|w| w.is_object() || w == Null);
            }
            Op::StoreSubscr => {
                self.objects(2);
                self.want(|w| w.is_object() || w == Null);
            }
            Op::BuildTuple | Op::BuildList | Op::BuildSet | Op::BuildSlice => {
                self.objects(n);
                self.push(match insn.op {
                    Op::BuildTuple => Tuple,
                    Op::BuildList => List,
                    Op::BuildSet => Set,
                    _ => Object,
                });
            }
            Op::BuildMap => self.push(Dict),
            Op::StoreMap => {
                self.objects(2);
                assert_eq!(self.stack.last(), Some(&Dict));
            }
            Op::StoreComp => {
                let into = self.stack[self.stack.len() - 1 - (n >> 2)];
                assert_eq!(into, [List, Dict, Set][n & 3]);
                self.objects(if n & 3 == 1 { 2 } else { 1 });
            }
            Op::UnpackSequence | Op::UnpackEx => {
                self.object();
                let ex = (n & 0xff) + (n >> 8) + 1;
                for _ in 0..if insn.op == Op::UnpackEx { ex } else { n } {
                    self.push(Object);
                }
            }
            Op::MakeFunction | Op::MakeFunctionDefargs | Op::MakeClosure | Op::MakeClosureDefargs => {
                for _ in 0..insn.extra {
                    self.want(|w| w == Cell);
                }
                if matches!(insn.op, Op::MakeFunctionDefargs | Op::MakeClosureDefargs) {
                    self.want(|w| matches!(w, Dict | Null));
                    self.want(|w| matches!(w, Tuple | Null));
                }
                self.push(Object);
            }
            Op::CallFunction | Op::CallFunctionVarKw | Op::CallMethod | Op::CallMethodVarKw => {
                let var_kw = matches!(insn.op, Op::CallFunctionVarKw | Op::CallMethodVarKw);
                self.objects(usize::from(var_kw));
                for _ in 0..n >> 8 {
                    self.object();
                    self.want(|w| w == Name || (var_kw && w == Null));
                }
                self.objects(n & 0xff);
                if matches!(insn.op, Op::CallMethod | Op::CallMethodVarKw) {
                    self.want(|w| w.is_object() || w == Null);
                }
                self.object();
                self.push(Object);
            }
            Op::DupTop | Op::DupTopTwo => {
                let words = if insn.op == Op::DupTop { 1 } else { 2 };
                for _ in 0..words {
                    let word = self.stack[self.stack.len() - words];
                    assert!(word.is_object());
                    self.push(word);
                }
            }
            Op::PopTop => self.want(|w| !matches!(w, Return(_) | Jump(..))),
            Op::RotTwo => {
                let len = self.stack.len();
                self.stack[len - 2..].rotate_right(1);
            }
            Op::RotThree => {
                let len = self.stack.len();
                self.stack[len - 3..].rotate_right(1);
            }
            Op::UnwindJump => {
                return Next::Unwind(Pending {
                    to: usize::try_from(insn.arg).unwrap(),
                    left: insn.extra & 0x7f,
                    pop_iter: insn.extra & 0x80 != 0,
                });
            }
            Op::Jump => return to(),
            Op::PopJumpIfTrue | Op::PopJumpIfFalse => {
                self.object();
                return if self.draw(2) == 0 { to() } else { next };
            }
            Op::JumpIfTrueOrPop | Op::JumpIfFalseOrPop => {
                assert!(self.stack.last().unwrap().is_object());
                if self.draw(2) == 0 {
                    return to();
                }
                self.object();
            }
            Op::SetupWith => {
                self.object();
                self.push(Object);
                let receiver = if self.draw(2) == 0 { Null } else { Object };
                self.push(receiver);
                self.room(2);
                self.open(insn);
                self.push(Object);
            }
            Op::SetupExcept | Op::SetupFinally => self.open(insn),
            Op::WithCleanup => {
                let top = self.pop();
                let outcome = match top {
                    None => vec![None],
                    Exception if self.draw(2) == 0 => vec![None],
                    Exception => vec![Exception],
                    Return(true) | Jump(true, _) => vec![self.pop(), top],
                    word => panic!("{word:?} is no outcome at {}", self.at),
                };
                self.room(3);
                self.want(|w| w.is_object() || w == Null);
                self.object();
                for word in outcome {
                    self.push(word);
                }
            }
            Op::EndFinally => return self.end_finally(),
            Op::PopExceptJump => {
                assert_eq!(self.blocks.pop().unwrap().sort, Op::SetupExcept);
                return to();
            }
            Op::GetIterStack => {
                self.object();
                for place in 0..4 {
                    self.push(Iter(place, self.step));
                }
            }
            Op::ForIter => {
                let top = &self.stack[self.stack.len() - 4..];
                match top {
                    [Iter(0, a), Iter(1, b), Iter(2, c), Iter(3, d)] => {
                        assert!(a == b && b == c && c == d);
                    }
                    [Null, object, Null, Null] => assert!(object.is_object()),
                    other => panic!("{other:?} is no iterator at {}", self.at),
                }
                if self.draw(3) == 0 {
                    let level = self.stack.len() - 4;
                    self.stack.truncate(level);
                    return to();
                }
                self.push(Object);
            }
            Op::ReturnValue => {
                self.want(|w| w.is_object() || w == Cell);
                return Next::Return;
            }
            Op::RaiseLast | Op::RaiseObj | Op::RaiseFrom => {
                self.objects(usize::from(insn.op.info().pops));
                return Next::Raise;
            }
            op => {
                let info = op.info();
                assert!(!matches!(info.operand, Operand::Forward | Operand::Jump));
                self.objects(usize::from(info.pops));
                for _ in 0..info.pushes {
                    self.push(Object);
                }
            }
        }
        next
    }
}
