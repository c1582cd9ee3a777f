"""The Chinese catalogue of findings: checks write English, and {} stands for the values in their sentences."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from bff.cli.check.findings import Finding, FindingState

STATES: Mapping[FindingState, str] = {
    FindingState.OK: "正常",
    FindingState.LOOK: "注意",
    FindingState.WRONG: "错误",
    FindingState.NOT_CHECKED: "未检查",
}
CHECKS: Mapping[str, str] = {
    "settings": "设置",
    "policy": "政策文件",
    "rates": "利率文件",
    "store": "数据库",
    "migrations": "数据表版本",
    "cache": "缓存",
    "limits": "限次计数",
    "connection": "网络连接",
    "tls": "TLS 证书",
    "wsdl": "WSDL",
    "operations": "接口比对",
    "credentials": "接口认证",
    "customer": "客户服务",
    "collection": "归集服务",
    "loan": "贷款服务",
    "application": "业务服务",
    "information": "信息服务",
    "clock": "时钟",
    "business date": "会计日期",
    "encodings": "字符编码",
    "hours": "服务时间",
}
CATALOGUE: Mapping[str, str] = {
    # Settings and files
    "in development: GraphiQL and introspection for everybody": "开发模式：任何人可用 GraphiQL 和内省",
    "in production": "生产模式",
    "some cannot be read": "部分设置无法读取",
    "some name what cannot be used": "部分设置指向的文件、目录或地址不可用",
    "see docs/settings.md": "参见 docs/settings.md 中各项设置的说明",
    "see docs/settings.md for one": "写法参见 docs/settings.md",
    "the settings cannot be read": "设置无法读取",
    "mend the file that {} names": "修正 {} 指定的文件",
    "the packaged {}; {} names another": "使用随附的 {}；可用 {} 指定其他文件",
    "needs BFF_CORE_CLIENT_CERT, or the core is shown no certificate": (
        "须同时设置 BFF_CORE_CLIENT_CERT，否则不会向业务系统出示证书"
    ),
    "{} is no file": "{} 不是文件",
    "{} is no folder": "{} 不是目录",
    "{} cannot be written to": "{} 不可写",
    "no name of a host": "不是有效的主机名",
    "no certificate or key in PEM": "其中没有 PEM 格式的证书或私钥",
    "No such file or directory": "文件或目录不存在",
    "Permission denied": "没有权限",
    "Connection refused": "连接被拒绝",
    "unknown key": "未知的项",
    "missing": "缺少",
    "must be a number": "须为数字",
    "must not be negative or infinite": "不能为负数或无穷大",
    "must be more than 0": "须大于0",
    "must be a whole number": "须为整数",
    "must be at least {}": "不能小于{}",
    "must be true or false": "须为 true 或 false",
    "one of per_cent and yuan is wanted": "per_cent 和 yuan 须填写其中一项",
    "is collected only as the member confirmed it: amount_due_confirmed = true": (
        "须经职工确认后方可收取，请设 amount_due_confirmed = true"
    ),
    "must be a text": "须为非空文字",
    "must have at most {} characters": "最多{}个字符",
    "must be a date such as 2018-10-25": "须为日期，如 2018-10-25",
    "must be a list": "须为列表",
    "must be a table": "须为表",
    "must be a list of tables, [[…]]": "须为表的列表，写作 [[…]]",
    "must be one of {}": "须为下列之一：{}",
    "no TOML: {}": "不是有效的 TOML：{}",
    "lies before from": "早于 from",
    "overlaps the entry before": "与前一条的有效期重叠",
    "goes with monthly or limit_a_year": "须与 monthly 或 limit_a_year 同时设置",
    "is 12 at most for a household: the core tells its draws of a year": (
        "按家庭计算时不能大于12：业务系统只提供一年内的提取记录"
    ),
    "is wanted for all, or for none": "须全部填写，或者全部不填",
    "leaves a gap after {}": "与前一条之间有空档（{}之后）",
    "nothing is in force on {}": "{}没有有效的规定",
    "does not go with this kind": "不适用于此业务",
    "{} does not go with this kind": "{} 不适用于此业务",
    "what closes the account needs NO_ARREARS or NO_OPEN_FUND_LOAN": "销户业务须有条件 NO_ARREARS 或 NO_OPEN_FUND_LOAN",
    "what closes the account pays all of it: NOTHING": "销户业务支取全部余额，只能为 NOTHING",
    "names SPOUSE, CO_BORROWER or both": "填写 SPOUSE、CO_BORROWER 之一或两者",
    "is below the floor, so nothing could ever be drawn": "低于取整单位，将永远提取不到",
    "must name at least one": "至少列出一项",
    "names a reason twice": "同一条件列出了两次",
    "UNKNOWN is no state of an account but that of not knowing it": "UNKNOWN 不是账户状态，只表示不知道",
    "must be 360 or 365": "须为 360 或 365",
    "is above 100 per cent": "超过100%",
    "is above most_principal": "大于 most_principal",
    "entries must be in the order of their dates": "各条须按日期先后排列",
    "unknown table, there are operations and elements": "未知的表，只能有 operations 和 elements",
    "must be a name in quotes": "须为引号中的名称",
    "has a character in it that cannot be seen": "含有不可见字符",
    "{} is no address or network such as 10.0.0.0/8; names are not looked up": (
        "{} 不是地址或网段（如 10.0.0.0/8）；不支持主机名"
    ),
    "BFF_DOCUMENTS_ONLY needs BFF_DOCUMENTS_FILE, or nothing would be answered": (
        "BFF_DOCUMENTS_ONLY 须与 BFF_DOCUMENTS_FILE 同时设置，否则不回答任何请求"
    ),
    "BFF_CORE_PASSWORD is not set: the core's password, here or in a file of this name in BFF_SECRETS_DIR; "
    "for the practice core it is `practice`": (
        "未设置 BFF_CORE_PASSWORD：业务系统的密码，也可放在 BFF_SECRETS_DIR 下的同名文件中；模拟核心系统为 `practice`"
    ),
    "begins with none of {}": "须以下列之一开头：{}",
    "is no URL; {}": "不是有效的 URL；{}",
    "in a user or password write % as %25, / as %2F, @ as %40, : as %3A, # as %23, ? as %3F": (
        "用户名或密码中的 % 写作 %25，/ 写作 %2F，@ 写作 %40，: 写作 %3A，# 写作 %23，? 写作 %3F"
    ),
    "is now called {}": "已改名为 {}",
    "names no host": "没有主机",
    "names no database: postgresql://user:password@host/DATABASE": (
        "没有数据库名：postgresql://user:password@host/DATABASE"
    ),
    "sslmode is one of {}": "sslmode 须为下列之一：{}",
    "ends with the number of a database, as in redis://host:6379/0; {}": "须以数据库编号结尾，如 redis://host:6379/0；{}",
    "names a user, which is not sent to the host": "其中有用户名，不会发送",
    "ends without a path: https://host/": "结尾缺少路径：https://host/",
    "{} is no origin such as https://app.example.cn": "{} 不是来源，如 https://app.example.cn",
    "has no port where one is expected; {}": "应有端口处没有端口；{}",
    "has a character in it that has to be escaped: {}": "含有须转义的字符：{}",
    "needs {}, which is not installed: pip install 'gjj-bff[{}]'": "需要 {}，尚未安装：pip install 'gjj-bff[{}]'",
    "Input should be a valid integer, unable to parse string as an integer": "须为整数",
    "Input should be a valid number, unable to parse string as a number": "须为数字",
    "Input should be a valid boolean, unable to interpret input": "须为 true 或 false",
    "Input should be greater than or equal to {}": "不能小于{}",
    "Input should be greater than {}": "须大于{}",
    "Input should be less than or equal to {}": "不能大于{}",
    "Input should be less than {}": "须小于{}",
    "Input should be {}": "须为 {}",
    "Input should be a valid timedelta, {}": "须为秒数或 ISO 8601 时长（{}）",
    # Store and cache
    "BFF_DATABASE_URL is no URL": "BFF_DATABASE_URL 不是有效的 URL",
    "there is no store": "没有数据库",
    "the store does not answer": "数据库没有应答",
    "mend what it says, or BFF_DATABASE_URL": "按提示处理，或者修正 BFF_DATABASE_URL",
    "let this user write there, or set BFF_DATA_DIR": "允许当前用户写入，或者设置 BFF_DATA_DIR",
    "{}, not there yet": "{}，尚未创建",
    "up to date ({})": "已是最新（{}）",
    "the tables are at {}, newer than the code's {}": "数据表版本 {} 比程序的 {} 新",
    "right while an update is rolled out; else bring this server up to date": "升级过程中属正常；否则请升级本服务",
    "the tables are at {}, the code at {}": "数据表版本为 {}，程序需要 {}",
    "nothing": "无",
    "run `bff migrate`": "运行 `bff migrate`",
    "off (BFF_CACHE)": "已关闭（BFF_CACHE）",
    "{} processes and no BFF_CACHE_URL: nothing is cached": "有{}个进程而没有设置 BFF_CACHE_URL：不缓存任何内容",
    "name a Redis or Valkey in BFF_CACHE_URL": "在 BFF_CACHE_URL 中指定 Redis 或 Valkey",
    "this process's memory, {} answers": "使用本进程的内存，最多{}条",
    "BFF_CACHE_URL cannot be used": "BFF_CACHE_URL 不可用",
    "install the extra `redis`; the URL begins with redis://": "安装附加组件 `redis`；URL 以 redis:// 开头",
    "no answer": "没有应答",
    "start it, or mend BFF_CACHE_URL: limits and locks need it, too": (
        "启动它，或者修正 BFF_CACHE_URL；限次和锁也要用到它"
    ),
    "what was written did not come back": "写入的内容读不回来",
    "look at its memory and its policy of eviction": "检查其内存和淘汰策略",
    "written, read and deleted": "写入、读取、删除均成功",
    "counted in each process's memory": "在各进程的内存中计数",
    "the extra `redis` is not installed": "未安装附加组件 `redis`",
    "the cache's Redis does not answer": "缓存所用的 Redis 没有应答",
    "start it, or mend BFF_LIMITS_URL": "启动它，或者修正 BFF_LIMITS_URL",
    "{} does not tell its policy": "{} 不告知其淘汰策略",
    "see to it that its maxmemory-policy is noeviction": "确认其 maxmemory-policy 为 noeviction",
    "{} evicts counts of tries ({})": "{} 会淘汰限次计数（{}）",
    "name a Redis of its own in BFF_LIMITS_URL, with maxmemory-policy noeviction": (
        "在 BFF_LIMITS_URL 中另行指定 Redis，其 maxmemory-policy 为 noeviction"
    ),
    "{} evicts nothing": "{} 不淘汰任何内容",
    # Connection and TLS
    "no connection to the core": "无法连接业务系统",
    "there is no connection": "没有连接",
    "the WSDL cannot be read, and BFF_CORE_URL names no host": "WSDL 无法读取，BFF_CORE_URL 中也没有主机",
    "compare BFF_CORE_URL with where the core listens, and look at firewalls between": (
        "核对 BFF_CORE_URL 与业务系统的监听地址，并检查中间的防火墙"
    ),
    "mend BFF_CORE_CA_FILE, _CLIENT_CERT, _CLIENT_KEY": (
        "修正 BFF_CORE_CA_FILE、BFF_CORE_CLIENT_CERT、BFF_CORE_CLIENT_KEY"
    ),
    "passwords and members' data go to {} in the clear": "密码和职工数据以明文传给 {}",
    "ask for https, or keep the way to it within one trusted network": "改用 https，或者保证全程在同一可信网络内",
    "not used: the core is on this machine": "未使用：业务系统在本机",
    "the certificates for it cannot be read": "所用的证书无法读取",
    "have it renewed, or name who issued it in BFF_CORE_CA_FILE, or the host as it is written in it": (
        "换发证书，或者在 BFF_CORE_CA_FILE 中指定签发机构，或者按证书中的写法填写主机名"
    ),
    "{}: no TLS: {}": "{}：无法建立 TLS：{}",
    "see whether that port speaks https, and wants our certificate": "核实该端口是否为 https，是否要求我方证书",
    "{}: no date to be found": "{}：找不到有效期",
    "look at it by hand": "人工查看",
    "{} ended on {}, {} days ago": "{}已于{}到期（{}天前）",
    "{} ends on {}, in {} days": "{}于{}到期（还有{}天）",
    "{}, {}, its certificate": "{}，{}，其证书",
    "its certificate": "其证书",
    "our certificate": "我方证书",
    "have it renewed": "换发证书",
    "have it renewed in time": "及时换发证书",
    # Contract
    "the packaged one": "随附的 WSDL",
    "there are no operations in it": "其中没有任何操作",
    "the WSDL cannot be read": "WSDL 无法读取",
    "name its WSDL in BFF_CORE_WSDL, a file or a URL; XSDs are read from beside it": (
        "在 BFF_CORE_WSDL 中指定业务系统的 WSDL（文件或 URL），XSD 从同一位置读取"
    ),
    "{}: {} operations in {} services": "{}：{}个操作，{}个服务",
    "{} operations in {} services": "{}个操作，{}个服务",
    "all {} that the gateways need, with {} elements": "所需的{}个操作、{}个元素齐全",
    "{} differences from what the gateways need": "与所需的接口有{}处不同",
    "some screens will have gaps": "部分页面会有空缺",
    "see docs/how-to/connect-your-core.md: names go into BFF_CORE_NAMES_FILE, shapes into bff/legacy": (
        "参见 docs/how-to/connect-your-core.zh.md：名称不同写入 BFF_CORE_NAMES_FILE，结构不同改 bff/legacy"
    ),
    "{}: names that our contract does not have": "{}：其中有接口约定中没有的名称",
    "mend the keys": "修正这些名称",
    "{} differs in the WSDL": "{} 与 WSDL 不同",
    "{}; and in {} more places": "{}；另有{}处相同",
    "{}: missing; perhaps {}": "{}：缺少，可能是 {}",
    "{}: missing": "{}：缺少",
    "{}: absent, and we can do without; perhaps {}": "{}：没有，可以不用，可能是 {}",
    "{}: absent, and we can do without": "{}：没有，可以不用",
    "{}: another type: {} here, {} there": "{}：类型不同，此处为 {}，对方为 {}",
    "{}: demanded, and we have nothing for it": "{}：对方必填，我方没有可填的内容",
    # Calls
    "{}: no such person, as expected": "{}：查无此人，符合预期",
    "{}: hours and special days": "{}：已取得服务时间和特殊日",
    "{}: the core has a person or account under {} or {}": "{}：业务系统中有人使用 {} 或 {}",
    "ask who that is": "核实是谁",
    "{}: {} for a person who does not exist": "{}：查无此人时返回 {}",
    "give the code its meaning in bff/legacy/standard/code_tables.py": (
        "在 bff/legacy/standard/code_tables.py 中写明该返回码的含义"
    ),
    "our message does not fit the WSDL": "我方报文与 WSDL 不符",
    "the core does not accept who we are": "业务系统不接受我方身份",
    "the core is closed": "业务系统不在服务时间",
    "the core does not understand our message: compare its WSDL, BFF_CORE_WSDL, with what it runs": (
        "业务系统不接受我方报文：核对 BFF_CORE_WSDL 与其实际运行的版本"
    ),
    "the core broke: its operators find the call by its time in their log": (
        "业务系统出错：请其运维人员按时间在日志中查找该次调用"
    ),
    "ask its operators, or raise BFF_CORE_TIMEOUT": "询问业务系统的运维人员，或者调大 BFF_CORE_TIMEOUT",
    "the core is at its limit: try later, or lower BFF_CORE_MAX_CONCURRENCY": (
        "业务系统已满负荷：稍后再试，或者调小 BFF_CORE_MAX_CONCURRENCY"
    ),
    "the reply does not fit the WSDL: see BFF_CORE_WSDL, BFF_CORE_URL and what stands between": (
        "应答与 WSDL 不符：检查 BFF_CORE_WSDL、BFF_CORE_URL 以及中间的设备"
    ),
    "{} is not in the WSDL": "{} 不在 WSDL 中",
    "a character that no message can have": "含有报文不允许的字符",
    "its WSDL has no such request": "其 WSDL 中没有这样的请求",
    "another operation's element": "是其他操作的元素",
    "busy": "繁忙",
    "HTTP status {}": "HTTP 状态 {}",
    "HTTP status {} without a fault": "HTTP 状态 {}，没有 SOAP 错误",
    "no SOAP 1.1 envelope with one body element": "不是只有一个正文元素的 SOAP 1.1 信封",
    "no well-formed XML": "不是格式良好的 XML",
    "a document type declaration": "含有文档类型声明",
    "an unreadable encoding": "编码无法读取",
    "a fault without a code": "SOAP 错误没有错误码",
    "fault {}": "SOAP 错误 {}",
    "return code {}": "返回码 {}",
    "too many calls at once": "同时调用过多",
    "the service failed just now": "该服务刚刚连续出错",
    "no time left": "剩余时间不足",
    "no answer within {} s": "{}秒内没有应答",
    "connection broke: {}": "连接中断：{}",
    "reply of more than {} bytes": "应答超过{}字节",
    "not valid against the XSD at {}: {}": "{} 处不符合 XSD：{}",
    # Replies
    "no service answered": "没有服务应答",
    "accepted for {}": "已接受，用户名 {}",
    "no user name": "（无用户名）",
    "the core refuses {} at {}": "业务系统拒绝 {}（{}）",
    "compare BFF_CORE_USERNAME, BFF_CORE_PASSWORD and BFF_CORE_CHANNEL with what you were given": (
        "核对 BFF_CORE_USERNAME、BFF_CORE_PASSWORD、BFF_CORE_CHANNEL 与分配给您的是否一致"
    ),
    "the clocks are so far apart that the core refuses for that alone": "时钟相差过大，业务系统仅因此就会拒绝",
    "the core's answers have no Date header": "业务系统的应答没有 Date 头",
    "the core's is {} s {} ours": "业务系统的时钟{1}本机{0}秒",
    "ahead of": "快于",
    "behind": "慢于",
    "the same": "一致",
    "let both machines follow one time server (chrony); what the core's shows is in its Date header": (
        "两台机器使用同一时间服务器（chrony）；业务系统的时间见其应答的 Date 头"
    ),
    "the core's calendar did not come": "未取得业务系统的日历",
    "{}, {} days {} today": "{}，{2}今天{1}天",
    "{}, today": "{}，即今天",
    "a practice core keeps its own date; a real one has stopped its nights": (
        "模拟核心系统有自己的日期；真实系统则说明其日终已停止"
    ),
    "replies are not in what they say": "应答的实际编码与声明不符",
    "have the core's operators declare what they send; a reply that cannot be read is an outage": (
        "请业务系统的运维人员如实声明编码；无法读取的应答按故障处理"
    ),
    "{} declared, {} sent": "声明为 {}，实为 {}",
    "{} declared, and it is none that we know": "声明为 {}，不是已知的编码",
    "only ASCII came: nothing is proved": "只收到 ASCII 字符，无法判断",
    "look at a member with a Chinese name": "查询一位姓名为汉字的职工",
    "{}, undeclared": "{}，未声明",
    "it is guessed; have it declared": "目前靠推测；请对方声明编码",
    "{}, as declared": "{}，与声明一致",
    "the core is closed {}": "业务系统不在服务时间，{}",
    "until {} of the centre's time": "{}（中心时间）恢复",
    "and does not say until when": "未告知何时恢复",
    "check again when it is open": "服务时间内再检查",
    "open now; its calendar says {} to {}": "正在服务；日历中的服务时间为{}至{}",
    "failed with {}": "检查出错：{}",
    "report this: the check itself did not expect it": "请报告此问题：检查程序未预料到此情形",
    "{}: {}": "{}：{}",
}
"""`{1}` in a translation is the second of what is put in."""

VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""In the order in which gettext reads them."""


def is_wanted() -> bool:
    """Whether the terminal's language is Chinese."""
    return next((os.environ[name] for name in VARIABLES if os.environ.get(name)), "").startswith("zh")


def translated(line: Finding) -> Finding:
    return replace(
        line, found=chinese(line.found), details=tuple(chinese(each) for each in line.details), do=chinese(line.do)
    )


def chinese(text: str) -> str:
    """Translate a text; one that the catalogue does not have, such as a name or a number, stays as it is."""
    for pattern, translation in _patterns():
        if found := pattern.fullmatch(text):
            return _filled(translation, [chinese(each) for each in found.groups()])
    return text


def _filled(translation: str, put_in: list[str]) -> str:
    numbers = iter(range(len(put_in)))
    return re.sub(r"\{(\d?)\}", lambda hole: put_in[int(hole[1]) if hole[1] else next(numbers)], translation)


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return the catalogue's patterns, those with the most words of their own first."""
    most = sorted(CATALOGUE.items(), key=lambda item: -len(item[0].replace("{}", "")))
    return [(re.compile(re.escape(text).replace(r"\{\}", "(.+?)"), re.DOTALL), other) for text, other in most]
