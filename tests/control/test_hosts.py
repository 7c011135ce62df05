"""What people write as a host, and what is looked up."""

import pytest

from doover_web.control.hosts import at_port, host_of


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("my_plc", "my_plc"),
        ("camera-2.site.example.", "camera-2.site.example."),
        ("4you.example", "4you.example"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("[fe80::1%eth0]", "fe80::1%eth0"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("STRAẞE.de", "xn--strae-oqa.de"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
    ],
)
def test_a_host(written, meant):
    assert host_of(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            ".",
            "a..b",
            ".a",
            "a..",
            "-a",
            "a-",
            "a.-b",
            "a b",
            "a/b",
            "http://a",
            "a:22",
            "127.0.0.1:22",
            "[::1]:22",
        ),
        *("[127.0.0.1", "127.0.0.1]", "[127.0.0.1]", "[a]", "[::1", "::1]", "[[::1]]", "[]"),
        *("256.1.1.1", "1.2.3", "127.0.0.01", "1", "1.2.3.4."),
        *('::1%"<x>', "fe80::1%a b", "::1%", "fe80::1%" + "z" * 99, "a%b", ":::", "1::2::3"),
        *("a" * 64, "x" * 300, "a." * 100 + "a", "mün chen.de", "ü..de", "ü" * 99, "\u202e.de"),
    ],
)
def test_no_host(written):
    assert host_of(written) is None


def test_with_a_port():
    assert at_port("127.0.0.1", 22) == "127.0.0.1:22"
    assert at_port("::1", 22) == at_port("[::1]", 22) == "[::1]:22"
