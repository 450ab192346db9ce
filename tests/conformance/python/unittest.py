# A small unittest for the few tests of the suite that want one. It reports as the suite's runner
# reads it: a rule of 70 dashes, "Ran N tests", an empty line, and OK or FAILED with counts.
import sys


class SkipTest(Exception):
    pass


class _Raises:
    def __init__(self, wanted):
        self.wanted = wanted
        self.exception = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            raise AssertionError("nothing raised, %r expected" % (self.wanted,))
        self.exception = value
        return issubclass(kind, self.wanted)


class _Part:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        return False


def _claim(truth, message, otherwise):
    if not truth:
        raise AssertionError(message or otherwise)


class TestCase:
    def setUp(self):
        pass

    def tearDown(self):
        pass

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def addCleanup(self, function, *args, **kwargs):
        self._undo().append((function, args, kwargs))

    def doCleanups(self):
        undo = self._undo()
        while undo:
            function, args, kwargs = undo.pop()
            function(*args, **kwargs)

    def _undo(self):
        if not hasattr(self, "_cleanups"):
            self._cleanups = []
        return self._cleanups

    def subTest(self, message=None, **parameters):
        return _Part()

    def skipTest(self, reason):
        raise SkipTest(reason)

    def fail(self, msg=None):
        raise AssertionError(msg or "failed")

    def assertEqual(self, a, b, msg=None):
        _claim(a == b, msg, "%r != %r" % (a, b))

    def assertNotEqual(self, a, b, msg=None):
        _claim(a != b, msg, "%r == %r" % (a, b))

    def assertLess(self, a, b, msg=None):
        _claim(a < b, msg, "%r is not below %r" % (a, b))

    def assertLessEqual(self, a, b, msg=None):
        _claim(a <= b, msg, "%r is above %r" % (a, b))

    def assertGreater(self, a, b, msg=None):
        _claim(a > b, msg, "%r is not above %r" % (a, b))

    def assertGreaterEqual(self, a, b, msg=None):
        _claim(a >= b, msg, "%r is below %r" % (a, b))

    def assertAlmostEqual(self, a, b, places=None, msg="", delta=None):
        if delta is None:
            delta = 0.5 * 10 ** -(7 if places is None else places)
        _claim(a == b or abs(a - b) <= delta, msg, "%r is not near %r" % (a, b))

    def assertNotAlmostEqual(self, a, b, places=None, msg="", delta=None):
        if delta is None:
            delta = 0.5 * 10 ** -(7 if places is None else places)
        _claim(a != b and abs(a - b) > delta, msg, "%r is near %r" % (a, b))

    def assertTrue(self, x, msg=None):
        _claim(x, msg, "%r is not true" % (x,))

    def assertFalse(self, x, msg=None):
        _claim(not x, msg, "%r is not false" % (x,))

    def assertIs(self, a, b, msg=None):
        _claim(a is b, msg, "%r is not %r" % (a, b))

    def assertIsNot(self, a, b, msg=None):
        _claim(a is not b, msg, "%r is %r" % (a, b))

    def assertIsNone(self, x, msg=None):
        _claim(x is None, msg, "%r is not None" % (x,))

    def assertIsNotNone(self, x, msg=None):
        _claim(x is not None, msg, "is None")

    def assertIn(self, a, b, msg=None):
        _claim(a in b, msg, "%r is not in %r" % (a, b))

    def assertNotIn(self, a, b, msg=None):
        _claim(a not in b, msg, "%r is in %r" % (a, b))

    def assertIsInstance(self, x, kind, msg=None):
        _claim(isinstance(x, kind), msg, "%r is no %r" % (x, kind))

    def assertNotIsInstance(self, x, kind, msg=None):
        _claim(not isinstance(x, kind), msg, "%r is a %r" % (x, kind))

    def assertRaises(self, wanted, function=None, *args, **kwargs):
        watch = _Raises(wanted)
        if function is None:
            return watch
        with watch:
            function(*args, **kwargs)


def skip(reason):
    def decorate(what):
        if isinstance(what, type):
            what.__skip__ = reason
            return what

        def skipped(*args, **kwargs):
            raise SkipTest(reason)

        return skipped

    return decorate


def skipIf(condition, reason):
    return skip(reason) if condition else lambda what: what


def skipUnless(condition, reason):
    return skipIf(not condition, reason)


def expectedFailure(function):
    def inverted(*args, **kwargs):
        try:
            function(*args, **kwargs)
        except Exception:
            return
        raise AssertionError("passed, a failure was expected")

    return inverted


class TestResult:
    def __init__(self):
        self.testsRun = 0
        self.failures = []
        self.errors = []
        self.skipped = []

    def wasSuccessful(self):
        return not self.failures and not self.errors

    def _call(self, name, function):
        # Runs one function; says whether it came to its end.
        try:
            function()
            return True
        except SkipTest as e:
            self.skipped.append((name, e))
            print("skipped", name, e)
        except AssertionError as e:
            self.failures.append((name, e))
            print("FAIL", name)
            sys.print_exception(e)
        except Exception as e:
            self.errors.append((name, e))
            print("ERROR", name)
            sys.print_exception(e)
        return False

    def _run_class(self, kind):
        names = [n for n in dir(kind) if n.startswith("test") and callable(getattr(kind, n))]
        reason = getattr(kind, "__skip__", None)
        if reason is not None:
            self.testsRun += len(names)
            self.skipped.extend([(n, reason) for n in names])
            return
        title = kind.__name__
        if not self._call(title + ".setUpClass", kind.setUpClass):
            return
        for name in names:
            self.testsRun += 1
            case = kind()
            full = title + "." + name
            if self._call(full, case.setUp):
                if self._call(full, getattr(case, name)):
                    print("ok", full)
                self._call(full, case.tearDown)
            self._call(full, case.doCleanups)
        self._call(title + ".tearDownClass", kind.tearDownClass)


def main(module="__main__"):
    result = TestResult()
    place = __import__(module)
    for name in dir(place):
        kind = getattr(place, name)
        if isinstance(kind, type) and issubclass(kind, TestCase) and kind is not TestCase:
            result._run_class(kind)
    print("-" * 70)
    print("Ran %d tests" % result.testsRun)
    print()
    if result.wasSuccessful():
        print("OK (skipped=%d)" % len(result.skipped) if result.skipped else "OK")
    else:
        print("FAILED (failures=%d, errors=%d)" % (len(result.failures), len(result.errors)))
    return result
