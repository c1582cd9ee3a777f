"""The core over real HTTP: zeep that knows only the served WSDL, and raw messages for what no client sends."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import zeep
from lxml import etree
from zeep.wsse.username import UsernameToken

from sandbox.tests.wire import (
    CHEN,
    CREATED,
    DUAN,
    DUAN_LOAN,
    GAO,
    LOANS,
    MA,
    MAIMAITI,
    PEOPLE,
    XSD,
    ZHANG,
    ZHOU,
    Answer,
    Wire,
    envelope,
    token,
)

DOCUMENTS = dict(
    zip(
        PEOPLE,
        (
            "99000019850312022X", "990000197906081136", "990000198809211159", "990000195804171027",
            "990000197605230118", "990000199808124082", "990000198202143313", "990000198606301517",
            "990000199001012223", "990000197011022135", "990000197701151241", "990000198409092066",
            "990000198307303176", "990000199104251198",
        ),
        strict=True,
    )
)  # fmt: skip
SERVICES = {
    "customer": {"QueryCustomer", "SendMessage"},
    "collection": {"QueryAccount", "QueryAccountDetails"},
    "loan": {"QueryLoans", "QueryLoanDetails", "QueryRepaymentPlan"},
    "application": {"QueryWithdrawalBasis", "SubmitApplication", "QueryApplication", "QueryApplications"},
    "information": {
        "QueryArticles", "QueryArticle", "QueryChannels", "QueryOutlets", "QueryDevelopments", "QueryFaqs",
        "QueryCalendar",
    },
}  # fmt: skip

Call = Callable[..., Any]


@pytest.fixture(scope="session")
def zeep_call(reading_core: Wire) -> Iterator[Call]:
    """Calls an operation with a client made from the service's own WSDL."""
    clients: dict[str, zeep.Client] = {}

    def call(service: str, operation: str, **arguments: object) -> Any:
        if service not in clients:
            wsse = UsernameToken("bff", "practice", use_digest=True, zulu_timestamp=True)
            clients[service] = zeep.Client(f"{reading_core.url}/services/{service}?wsdl", wsse=wsse)
        head = {"QDBH": "APP", "QQLSH": uuid.uuid4().hex, "QQSJ": datetime(2018, 10, 25, 10)}  # noqa: DTZ001
        client = clients[service]
        # The document has five services; a caller binds the one it was given.
        bound = client.bind(f"{service.capitalize()}Service")
        return bound[operation](**arguments, _soapheaders={"head": head})

    yield call
    for client in clients.values():
        client.transport.session.close()


# ----- reading with zeep -----


@pytest.mark.parametrize("service", SERVICES)
def test_the_wsdl_names_the_address_it_was_asked_at(reading_core: Wire, service: str) -> None:
    answer = reading_core.get(f"/services/{service}?wsdl")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert f'location="{reading_core.url}/services/{service}"' in answer.text
    assert urlsplit(reading_core.url).port != 8001
    assert ":8001" not in answer.text


def test_the_schema_is_served_beside_the_wsdl(reading_core: Wire) -> None:
    answer = reading_core.get("/services/core.xsd")
    assert (answer.status, answer.body) == (200, XSD.read_bytes())


def test_the_wsdl_has_the_operations_of_five_services(reading_core: Wire) -> None:
    with requests.Session() as session:
        transport = zeep.Transport(session=session)
        wsdl = zeep.Client(f"{reading_core.url}/services/loan?wsdl", transport=transport).wsdl
    found = {
        name.removesuffix("Service").lower(): set(next(iter(service.ports.values())).binding.all())
        for name, service in wsdl.services.items()
    }
    assert found == SERVICES


@pytest.mark.parametrize(("account", "document"), DOCUMENTS.items())
def test_query_customer_finds_each_person_by_document(zeep_call: Call, account: str, document: str) -> None:
    reply = zeep_call("customer", "QueryCustomer", ZJLX="01", ZJHM=document)
    assert ("0000", account, document) == (reply.FHM, reply.KHXX.GRZH, reply.KHXX.ZJHM)


@pytest.mark.parametrize(
    ("account", "name"), [(DUAN, "段小梅"), (MAIMAITI, "买买提\u00b7吐尔逊"), (ZHANG, "张\U0002cc56")]
)
def test_names_arrive_as_they_are_written(zeep_call: Call, account: str, name: str) -> None:
    assert name == zeep_call("customer", "QueryCustomer", ZJLX="01", ZJHM=DOCUMENTS[account]).KHXX.XINGMING


def test_query_account_has_the_manuals_balance(zeep_call: Call) -> None:
    account = zeep_call("collection", "QueryAccount", GRZH=DUAN).ZHXX
    assert (
        Decimal("30921.43"), Decimal("24543.43"), Decimal("6378.00"),
    ) == (account.GRZHYE, account.GRZHSNJZYE, account.GRZHDNGJYE)  # fmt: skip


def test_query_account_has_shares_and_employer(zeep_call: Call) -> None:
    account = zeep_call("collection", "QueryAccount", GRZH=DUAN).ZHXX
    assert (
        "练习市第一医院", Decimal("8858.00"), Decimal("12.00"), Decimal("1063.00"), Decimal("1063.00"),
    ) == (account.DWMC, account.GRJCJS, account.DWJCBL, account.DWYJCE, account.GRYJCE)  # fmt: skip


def test_query_account_details_of_what_was_paid_in(zeep_call: Call) -> None:
    page = zeep_call("collection", "QueryAccountDetails", GRZH=DUAN, MXLB="01", YM=1, YHS=3).MXYE
    assert [(row.JZRQ, row.FSE, row.GRZHYE, row.ZHAIYAO) for row in page.MX] == [
        ("20180908", Decimal("2126.00"), Decimal("32421.43"), "汇缴201809公积金"),
        ("20180819", Decimal("2126.00"), Decimal("30295.43"), "汇缴201808公积金"),
        ("20180714", Decimal("2126.00"), Decimal("28169.43"), "汇缴201807公积金"),
    ]


def test_query_account_details_of_what_was_drawn(zeep_call: Call) -> None:
    page = zeep_call("collection", "QueryAccountDetails", GRZH=DUAN, MXLB="02", YM=1, YHS=20).MXYE
    assert page.ZHS == 3
    assert (
        "20181023", Decimal("1500.00"), "07", "租房",
    ) == (page.MX[0].JZRQ, page.MX[0].FSE, page.MX[0].TQYY, page.MX[0].TQYYMC)  # fmt: skip


def test_query_loans_has_the_manuals_loan(zeep_call: Call) -> None:
    (loan,) = zeep_call("loan", "QueryLoans", GRZH=DUAN).DKLB.DK
    assert (
        DUAN_LOAN, Decimal("290000.00"), Decimal("187167.54"), Decimal("3.575"), 22, 120,
    ) == (loan.DKZH, loan.DKFFE, loan.DKYE, loan.DKLL, loan.DQQC, loan.DKQS)  # fmt: skip


def test_query_loans_has_the_next_installment(zeep_call: Call) -> None:
    (loan,) = zeep_call("loan", "QueryLoans", GRZH=DUAN).DKLB.DK
    coming = loan.XQHK
    assert (
        23, "20181114", Decimal("2486.06"), Decimal("1909.87"), Decimal("576.19"),
    ) == (coming.HKQC, coming.HKRQ, coming.DQJHHKJE, coming.DQJHGHBJ, coming.DQJHGHLX)  # fmt: skip
    assert (loan.YQXX, loan.DRZBJ) == (None, 0)


def test_query_loans_has_arrears_that_add_up(zeep_call: Call) -> None:
    (loan,) = zeep_call("loan", "QueryLoans", GRZH=MA).DKLB.DK
    late = loan.YQXX
    assert (loan.DKZT, late.YQQS) == ("5", 2)
    assert late.YQJE == late.YQBJ + late.YQLX + late.YQFX
    assert late.YQFX > 0


def test_query_loans_lists_the_newest_first(zeep_call: Call) -> None:
    found = zeep_call("loan", "QueryLoans", GRZH=CHEN).DKLB.DK
    assert [(loan.DKFFRQ, loan.DKZT, loan.XQHK is None) for loan in found] == [
        ("20130625", "2", False),
        ("20010520", "3", True),
    ]


def test_query_loans_of_somebody_without_a_loan_is_an_empty_list(reading_core: Wire) -> None:
    answer = reading_core.call("loan", "QueryLoans", GRZH=GAO)
    assert (answer.get("FHM"), answer.count("DKLB"), answer.count("DKLB/DK")) == ("0000", 1, 0)


def test_query_loan_details_has_the_manuals_rows(zeep_call: Call) -> None:
    page = zeep_call("loan", "QueryLoanDetails", DKZH=DUAN_LOAN, YM=1, YHS=4).MXYE
    assert (page.DKZH, page.ZHS) == (DUAN_LOAN, 25)
    assert [(row.DQQC, row.JZRQ, row.YWFSRQ, row.FSE, row.LXJE, row.DKYE) for row in page.MX] == [
        (22, "20181015", "20181014", Decimal("2473.16"), Decimal("563.29"), Decimal("187167.54")),
        (21, "20180914", "20180914", Decimal("2497.82"), Decimal("587.95"), Decimal("189077.41")),
        (20, "20180814", "20180814", Decimal("2503.70"), Decimal("593.83"), Decimal("190987.28")),
        (19, "20180716", "20180714", Decimal("2490.23"), Decimal("580.36"), Decimal("192897.15")),
    ]


def test_query_repayment_plan_ends_at_nothing(zeep_call: Call) -> None:
    plan = zeep_call("loan", "QueryRepaymentPlan", DKZH=DUAN_LOAN).HKJH.JH
    last = plan[-1]
    assert (len(plan), plan[0].HKQC) == (98, 23)
    assert (
        120, "20261214", Decimal("1915.84"), Decimal("1910.15"), Decimal("5.69"), Decimal("0.00"),
    ) == (last.HKQC, last.HKRQ, last.FSE, last.HKBJJE, last.HKLXJE, last.DKYE)  # fmt: skip


def test_query_withdrawal_basis_has_the_facts_of_a_borrower(zeep_call: Call) -> None:
    basis = zeep_call("application", "QueryWithdrawalBasis", GRZH=DUAN).TQYJ
    assert (Decimal("144.97"), "20181023", None) == (basis.YJLXE, basis.ZF.SCGTTQRQ, basis.ZBYW)
    assert [(kind.YWLX, kind.SCTQRQ, kind.BNTQJE, kind.LJTQCS) for kind in basis.TQLS] == [
        ("04", "20171205", Decimal("0.00"), 2),
        ("06", "20181023", Decimal("1500.00"), 1),
    ]


def test_query_withdrawal_basis_sums_twelve_months_of_repayments(zeep_call: Call) -> None:
    # Periods 11 to 22 and both early repayments: 32298.50 + 33000.00 + 21130.00.
    basis = zeep_call("application", "QueryWithdrawalBasis", GRZH=DUAN).TQYJ
    assert Decimal("86428.50") == basis.JSEYDKHKE


def test_query_withdrawal_basis_has_the_commercial_loan(zeep_call: Call) -> None:
    (loan,) = zeep_call("application", "QueryWithdrawalBasis", GRZH=GAO).TQYJ.SYDK
    assert (
        Decimal("180000.00"), Decimal("54140.55"), Decimal("1989.50"), Decimal("23874.00"),
    ) == (loan.DKFFE, loan.DKYE, loan.YHKE, loan.JSEYHKE)  # fmt: skip


def test_query_applications_of_somebody_without_any_is_an_empty_page(zeep_call: Call) -> None:
    page = zeep_call("application", "QueryApplications", GRZH=DUAN, YM=1, YHS=20).SQYE
    assert (page.ZHS, page.SQXX) == (0, [])


def test_query_articles_pages_newest_first(zeep_call: Call) -> None:
    page = zeep_call("information", "QueryArticles", YM=1, YHS=200).WZYE
    dates = [each.FBRQ for each in page.WZ]
    assert (page.ZHS, len(dates)) == (40, 40)
    assert dates == sorted(dates, reverse=True)


def test_query_articles_of_one_column(zeep_call: Call) -> None:
    page = zeep_call("information", "QueryArticles", LMDM="02", YM=1, YHS=200).WZYE
    assert {each.LMDM for each in page.WZ} == {"02"}


def test_query_articles_by_keyword_finds_titles(zeep_call: Call) -> None:
    title = zeep_call("information", "QueryArticles", YM=1, YHS=1).WZYE.WZ[0].BT
    page = zeep_call("information", "QueryArticles", GJZ=title, YM=1, YHS=200).WZYE
    assert title in [each.BT for each in page.WZ]


def test_query_articles_by_keyword_does_not_find_tags(zeep_call: Call) -> None:
    assert zeep_call("information", "QueryArticles", GJZ="<p", YM=1, YHS=200).WZYE.ZHS == 0


def test_query_article_has_the_body(zeep_call: Call) -> None:
    head = zeep_call("information", "QueryArticles", YM=1, YHS=1).WZYE.WZ[0]
    article = zeep_call("information", "QueryArticle", WZBH=head.WZBH).WZ
    assert (article.WZBH, article.BT, article.FBRQ) == (head.WZBH, head.BT, head.FBRQ)
    assert "<" in article.ZW


def test_query_channels_lists_all(zeep_call: Call) -> None:
    found = zeep_call("information", "QueryChannels").QDLB.QD
    assert len(found) == 8
    assert {each.QDLX for each in found} == {"01", "02", "03", "04", "05", "06", "07", "21"}  # 21: the centre's own


def test_query_outlets_lists_all_with_places(zeep_call: Call) -> None:
    found = zeep_call("information", "QueryOutlets").WDLB.WD
    assert len(found) == 16
    assert (
        "WD001", "湖滨区管理部", Decimal("102.620000"), Decimal("24.950000"),
    ) == (found[0].WDBH, found[0].WDMC, found[0].JD, found[0].WD)  # fmt: skip


def test_query_developments_of_one_district(zeep_call: Call) -> None:
    everything = zeep_call("information", "QueryDevelopments", YM=1, YHS=200).LPYE
    district = everything.LP[0].QX
    page = zeep_call("information", "QueryDevelopments", QX=district, YM=1, YHS=200).LPYE
    assert everything.ZHS == 40
    assert sum(district == each.QX for each in everything.LP) == page.ZHS
    assert {each.QX for each in page.LP} == {district}


def test_query_developments_by_keyword_finds_names(zeep_call: Call) -> None:
    one = zeep_call("information", "QueryDevelopments", YM=1, YHS=1).LPYE.LP[0]
    page = zeep_call("information", "QueryDevelopments", GJZ=one.LPMC, YM=1, YHS=200).LPYE
    assert one.LPBH in [each.LPBH for each in page.LP]


def test_query_faqs_lists_all(zeep_call: Call) -> None:
    assert len(zeep_call("information", "QueryFaqs").WTLB.WT) == 24


def test_query_calendar_has_hours_and_the_days_asked_for(zeep_call: Call) -> None:
    calendar = zeep_call("information", "QueryCalendar", KSRQ="20180929", JSRQ="20181005").RL
    assert (time(8, 30), time(18, 0)) == (calendar.KMSJ, calendar.GMSJ)
    assert [(each.RQ, each.SFGZR) for each in calendar.TSR] == [
        ("20180929", True), ("20180930", True), ("20181001", False), ("20181002", False), ("20181003", False),
        ("20181004", False), ("20181005", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("customer", "QueryCustomer", {"ZJLX": "01", "ZJHM": "990000199001010017"}, "1001"),
        ("collection", "QueryAccount", {"GRZH": "990000000000"}, "1002"),
        ("collection", "QueryAccountDetails", {"GRZH": "990000000000", "MXLB": "01", "YM": 1, "YHS": 20}, "1002"),
        ("loan", "QueryLoans", {"GRZH": "990000000000"}, "1002"),
        ("application", "QueryWithdrawalBasis", {"GRZH": "990000000000"}, "1002"),
        ("loan", "QueryLoanDetails", {"DKZH": "219999999999", "YM": 1, "YHS": 20}, "1003"),
        ("loan", "QueryRepaymentPlan", {"DKZH": "219999999999"}, "1003"),
        ("application", "QueryApplication", {"SQLSH": "nobody"}, "1004"),
        ("information", "QueryArticle", {"WZBH": "nobody"}, "1004"),
    ],
)
def test_what_is_not_there_is_a_code_without_payload(
    reading_core: Wire, service: str, operation: str, arguments: dict[str, str | int], code: str
) -> None:
    answer = reading_core.call(service, operation, **arguments)
    assert (answer.status, answer.get("FHM")) == (200, code)
    assert {etree.QName(child).localname for child in answer.reply} == {"QQLSH", "FHM", "FHXX", "KJRQ"}


# ----- the contract -----


@pytest.fixture(scope="session")
def xsd() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(XSD))


def of_person(account: str) -> list[tuple[str, str, Mapping[str, str | int]]]:
    page: Mapping[str, str | int] = {"YM": 1, "YHS": 200}
    return [
        ("customer", "QueryCustomer", {"ZJLX": "01", "ZJHM": DOCUMENTS[account]}),
        ("collection", "QueryAccount", {"GRZH": account}),
        ("collection", "QueryAccountDetails", {"GRZH": account, "MXLB": "01", **page}),
        ("collection", "QueryAccountDetails", {"GRZH": account, "MXLB": "02", **page}),
        ("loan", "QueryLoans", {"GRZH": account}),
        ("application", "QueryWithdrawalBasis", {"GRZH": account}),
        ("application", "QueryApplications", {"GRZH": account, **page}),
    ]


@pytest.mark.parametrize("account", PEOPLE)
def test_all_replies_about_a_person_are_valid(reading_core: Wire, xsd: etree.XMLSchema, account: str) -> None:
    for service, operation, arguments in of_person(account):
        answer = reading_core.call(service, operation, **arguments)
        xsd.assertValid(answer.reply)
        assert answer.get("FHM") == "0000"
        assert etree.QName(answer.reply).localname == f"{operation}Response"


@pytest.mark.parametrize("loan", LOANS)
def test_all_replies_about_a_loan_are_valid(reading_core: Wire, xsd: etree.XMLSchema, loan: str) -> None:
    for operation, page in (("QueryLoanDetails", {"YM": 1, "YHS": 200}), ("QueryRepaymentPlan", {})):
        answer = reading_core.call("loan", operation, DKZH=loan, **page)
        xsd.assertValid(answer.reply)
        assert answer.get("FHM") == "0000"


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("QueryArticles", {"YM": 1, "YHS": 200}),
        ("QueryDevelopments", {"YM": 1, "YHS": 200}),
        ("QueryChannels", {}),
        ("QueryOutlets", {}),
        ("QueryFaqs", {}),
        ("QueryCalendar", {"KSRQ": "20180101", "JSRQ": "20191231"}),
    ],
)
def test_what_the_centre_publishes_is_valid(
    reading_core: Wire, xsd: etree.XMLSchema, operation: str, arguments: dict[str, str | int]
) -> None:
    answer = reading_core.call("information", operation, **arguments)
    xsd.assertValid(answer.reply)
    assert answer.get("FHM") == "0000"


def test_every_article_is_valid(reading_core: Wire, xsd: etree.XMLSchema) -> None:
    numbers = reading_core.call("information", "QueryArticles", YM=1, YHS=200).all("WZYE/WZ/WZBH")
    assert len(numbers) == 40
    for number in numbers:
        xsd.assertValid(reading_core.call("information", "QueryArticle", WZBH=number).reply)


def test_dirty_data_go_out_as_they_are(reading_core: Wire) -> None:
    answer = reading_core.call("collection", "QueryAccount", GRZH=ZHOU)
    assert [answer.get(f"ZHXX/{name}") for name in ("GRZHZT", "FCRQ", "XHRQ", "XHYY", "SCTQRQ", "GRCKZHHM")] == [
        "01 ", "18991231", "00010101", "  ", "18991231", "1",
    ]  # fmt: skip


def test_nothing_is_said_both_by_nil_and_by_absence(reading_core: Wire) -> None:
    reply = reading_core.call("collection", "QueryAccount", GRZH=ZHOU).reply
    nil = "{http://www.w3.org/2001/XMLSchema-instance}nil"
    assert [etree.QName(each).localname for each in reply.iter() if each.get(nil) == "true"] == ["GRCKZHKHYHDM"]
    assert "GRJCJS" not in {etree.QName(each).localname for each in reply.iter()}


def test_an_unknown_reason_has_no_name(reading_core: Wire) -> None:
    answer = reading_core.call("collection", "QueryAccountDetails", GRZH=ZHOU, MXLB="02", YM=1, YHS=20)
    assert answer.all("MXYE/MX/TQYY") == ["07", "77"]
    assert answer.all("MXYE/MX/TQYYMC") == ["租房"]


def test_the_serial_is_returned(reading_core: Wire) -> None:
    answer = reading_core.post("collection", envelope("QueryAccount", {"GRZH": DUAN}, serial="流水-0001"))
    assert answer.get("QQLSH") == "流水-0001"


def test_the_business_date_is_in_every_reply(reading_core: Wire) -> None:
    assert reading_core.call("collection", "QueryAccount", GRZH=DUAN).get("KJRQ") == "20181025"


# ----- paging -----


def details(core: Wire, **more: str | int) -> Answer:
    asked: dict[str, str | int] = {"GRZH": CHEN, "MXLB": "01"}
    order = ("GRZH", "MXLB", "CZBZ", "KSRQ", "JSRQ", "YM", "YHS")
    asked |= {"YM": 1, "YHS": 200} | more
    return core.call("collection", "QueryAccountDetails", **{name: asked[name] for name in order if name in asked})


def test_pages_cover_the_whole_selection_without_overlap(reading_core: Wire) -> None:
    numbers = [
        number for page in (1, 2, 3, 4) for number in details(reading_core, YM=page, YHS=100).all("MXYE/MX/YWLSH")
    ]
    assert len(numbers) == len(set(numbers)) == 333


def test_the_total_is_the_same_on_every_page(reading_core: Wire) -> None:
    pages = [details(reading_core, YM=page, YHS=100) for page in (1, 4, 5)]
    assert [(page.get("MXYE/ZHS"), page.get("MXYE/YM"), page.count("MXYE/MX")) for page in pages] == [
        ("333", "1", 100),
        ("333", "4", 33),
        ("333", "5", 0),
    ]


def test_rows_come_newest_first_by_date_and_serial(reading_core: Wire) -> None:
    answer = details(reading_core)
    keys = list(zip(answer.all("MXYE/MX/JZRQ"), answer.all("MXYE/MX/YWLSH"), strict=True))
    assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize(("first", "last"), [("20180820", "20181020"), ("2018-08-20", "2018-10-20")])
def test_both_bounds_of_a_period_are_inside_it(reading_core: Wire, first: str, last: str) -> None:
    answer = details(reading_core, KSRQ=first, JSRQ=last)
    assert answer.all("MXYE/MX/JZRQ") == ["20181020", "20180920", "20180820"]
    assert answer.get("MXYE/ZHS") == "3"


def test_a_period_may_be_open_at_one_end(reading_core: Wire) -> None:
    assert details(reading_core, KSRQ="20180921").all("MXYE/MX/JZRQ") == ["20181020"]
    assert details(reading_core, JSRQ="19931120").all("MXYE/MX/JZRQ") == ["19931120"]


def test_a_selection_by_reversal_mark(reading_core: Wire) -> None:
    assert details(reading_core, CZBZ="02").all("MXYE/MX/JZRQ") == ["20120411", "20120410"]
    assert details(reading_core, CZBZ="01").get("MXYE/ZHS") == "331"


@pytest.mark.parametrize(("name", "value"), [("YHS", 201), ("YHS", 0), ("YM", 0), ("YM", -1), ("KSRQ", "2018-1-1")])
def test_paging_outside_the_contract_is_a_fault(reading_core: Wire, name: str, value: str | int) -> None:
    answer = details(reading_core, **{name: value})
    assert (answer.status, answer.core_fault) == (500, "9002")


# ----- applications over the wire -----


def test_a_submission_answers_with_the_application(core: Wire, xsd: etree.XMLSchema) -> None:
    answer = core.call("application", "SubmitApplication", SQLSH="S-1", GRZH=MAIMAITI, YWLX="07", JE="1500.00")
    xsd.assertValid(answer.reply)
    assert (answer.get("FHM"), answer.get("SQXX/SQLSH"), answer.get("SQXX/JE"), answer.get("SQXX/ZT")) == (
        "0000", "S-1", "1500.00", "02",
    )  # fmt: skip


def test_a_repeated_submission_gives_the_first_answer(core: Wire) -> None:
    asked = {"SQLSH": "S-1", "GRZH": MAIMAITI, "YWLX": "07", "JE": "1500.00"}
    numbers = [core.call("application", "SubmitApplication", **asked).get("SQXX/SLBH") for _ in range(2)]
    assert numbers[0] is not None
    assert numbers[0] == numbers[1]


def test_an_amount_written_otherwise_is_the_same_amount(core: Wire) -> None:
    asked = {"SQLSH": "S-1", "GRZH": MAIMAITI, "YWLX": "07"}
    core.call("application", "SubmitApplication", **asked, JE="1500.00")
    assert core.call("application", "SubmitApplication", **asked, JE="1500").get("FHM") == "0000"


def test_a_refusal_is_an_answer_not_a_fault(core: Wire) -> None:
    answer = core.call("application", "SubmitApplication", SQLSH="S-1", GRZH=MAIMAITI, YWLX="07", JE="1500.01")
    assert (answer.status, answer.get("FHM"), answer.get("FHXX")) == (200, "2007", "超过可提取限额")


def test_an_application_is_found_by_the_callers_serial(core: Wire, xsd: etree.XMLSchema) -> None:
    core.call("application", "SubmitApplication", SQLSH="S-1", GRZH=MAIMAITI, YWLX="07", JE="1500.00")
    answer = core.call("application", "QueryApplication", SQLSH="S-1")
    xsd.assertValid(answer.reply)
    assert (answer.get("SQXX/ZT"), answer.all("SQXX/LC/BZ")) == ("02", ["已受理"])


def test_an_application_in_flight_is_in_the_basis(core: Wire, xsd: etree.XMLSchema) -> None:
    number = core.call("application", "SubmitApplication", SQLSH="S-1", GRZH=MAIMAITI, YWLX="07", JE="1500.00").get(
        "SQXX/SLBH"
    )
    answer = core.call("application", "QueryWithdrawalBasis", GRZH=MAIMAITI)
    xsd.assertValid(answer.reply)
    assert (answer.get("TQYJ/ZBYW/SLBH"), answer.get("TQYJ/ZBYW/YWLX")) == (number, "07")


def test_applications_are_listed_by_day(core: Wire, xsd: etree.XMLSchema) -> None:
    core.call("application", "SubmitApplication", SQLSH="S-1", GRZH=MAIMAITI, YWLX="07", JE="1500.00")
    on, after = (
        core.call("application", "QueryApplications", GRZH=MAIMAITI, KSRQ=since, YM=1, YHS=20)
        for since in ("20181025", "20181026")
    )
    xsd.assertValid(on.reply)
    assert (on.all("SQYE/SQXX/SQLSH"), after.get("SQYE/ZHS")) == (["S-1"], "0")


def test_a_closing_shows_its_interest(core: Wire, xsd: etree.XMLSchema) -> None:
    whole = core.call("collection", "QueryAccount", GRZH="990060900005").get("ZHXX/GRZHYE") or ""
    earned = core.call("application", "QueryWithdrawalBasis", GRZH="990060900005").get("TQYJ/YJLXE")
    core.call("application", "SubmitApplication", SQLSH="S-1", GRZH="990060900005", YWLX="09", JE=whole, ZSHM="SY-1")
    assert core.control("PUT", "applications/S-1", {"status": "COMPLETED"}).status == 200
    answer = core.call("application", "QueryApplication", SQLSH="S-1")
    xsd.assertValid(answer.reply)
    assert (answer.get("SQXX/ZT"), answer.get("SQXX/FSLXE")) == ("04", earned)


def test_a_message_gets_a_number_and_is_kept(core: Wire) -> None:
    answer = core.call("customer", "SendMessage", SJHM="13800000001", DXNR="验证码 123456")
    assert answer.get("DXLSH") == "DX000000000001"
    assert [(each["phone"], each["text"]) for each in core.control("GET", "inbox?phone=13800000001").json] == [
        ("13800000001", "验证码 123456")
    ]


# ----- who is calling -----


def account_with(core: Wire, security: str) -> Answer:
    return core.post("collection", envelope("QueryAccount", {"GRZH": DUAN}, security=security))


def not_authenticated(answer: Answer) -> bool:
    return (answer.status, answer.get("FHM"), answer.get("ZHXX")) == (200, "9003", None)


@pytest.mark.parametrize(
    "security",
    ["", token(password="wrong"), token("somebody"), token(digest="practice"), token(digest=""), token(created="")],
    ids=["no token", "wrong password", "wrong user", "plain password", "no password", "no Created"],
)
def test_who_is_not_the_server_gets_9003(reading_core: Wire, security: str) -> None:
    assert not_authenticated(account_with(reading_core, security))


def at(difference: timedelta) -> str:
    return f"{datetime.now(UTC) + difference:{CREATED}}"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_message_from_another_time_gets_9003(reading_core: Wire, minutes: int) -> None:
    assert not_authenticated(account_with(reading_core, token(created=at(timedelta(minutes=minutes)))))


@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_may_differ_a_little(reading_core: Wire, minutes: int) -> None:
    answer = account_with(reading_core, token(created=at(timedelta(minutes=minutes))))
    assert answer.get("FHM") == "0000"


@pytest.mark.parametrize("created", ["yesterday", "2018-10-25", "2018-10-25T10:00:00"])
def test_a_moment_that_is_none_gets_9003(reading_core: Wire, created: str) -> None:
    assert not_authenticated(account_with(reading_core, token(created=created)))


def test_a_message_sent_again_gets_9003(reading_core: Wire) -> None:
    body = envelope("QueryAccount", {"GRZH": DUAN})
    first, again = (reading_core.post("collection", body) for _ in range(2))
    assert first.get("FHM") == "0000"
    assert not_authenticated(again)


def test_a_nonce_serves_all_services_once(reading_core: Wire) -> None:
    security = token()
    first = reading_core.post("loan", envelope("QueryLoans", {"GRZH": DUAN}, security=security))
    assert first.get("FHM") == "0000"
    assert not_authenticated(account_with(reading_core, security))


def test_a_nonce_written_otherwise_gets_9003(reading_core: Wire) -> None:
    created = at(timedelta())
    first, other = "AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0ODx=="
    assert base64.b64decode(first) == base64.b64decode(other)
    assert account_with(reading_core, token(nonce=first, created=created)).get("FHM") == "0000"
    assert not_authenticated(account_with(reading_core, token(nonce=other, created=created)))


@pytest.mark.parametrize(
    "security",
    [token("用户"), token(digest="摘要"), token(nonce="随机数", digest="x")],
    ids=["user", "digest", "nonce"],
)
def test_a_token_with_chinese_letters_gets_9003(reading_core: Wire, security: str) -> None:
    answer = account_with(reading_core, security)
    assert answer.status == 200
    assert not_authenticated(answer)


def test_a_refused_caller_leaves_no_message(core: Wire) -> None:
    asked: dict[str, str | int] = {"SJHM": "13800000001", "DXNR": "x"}
    core.post("customer", envelope("SendMessage", asked, security=""))
    assert core.control("GET", "inbox").json == []


# ----- what is no message of the contract -----


def fault_of(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.core_fault


DTD = b'<!DOCTYPE x [<!ENTITY a "b">]>'
BOMB = b'<!DOCTYPE x [<!ENTITY a "%s"><!ENTITY b "%s"><!ENTITY c "%s">]>' % (b"z" * 50, b"&a;" * 50, b"&b;" * 50)
EXTERNAL = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("doctype", [DTD, BOMB, EXTERNAL], ids=["plain", "bomb", "external"])
def test_a_document_type_is_a_fault(reading_core: Wire, doctype: bytes) -> None:
    entity = b"&c;" if doctype is BOMB else b"&a;"
    head, _, rest = envelope("QueryAccount", {"GRZH": DUAN}).partition(b"?>")
    answer = reading_core.post("collection", head + b"?>" + doctype + rest.replace(DUAN.encode(), entity))
    assert fault_of(answer) == (500, "9002")
    assert b"root:" not in answer.body


def test_a_message_of_a_megabyte_is_a_fault(reading_core: Wire) -> None:
    body = envelope("QueryAccount", {"GRZH": "9" * 1024 * 1024})
    assert fault_of(reading_core.post("collection", body)) == (500, "9002")


def test_an_operation_nobody_knows_is_a_fault(reading_core: Wire) -> None:
    assert fault_of(reading_core.call("collection", "DropEverything")) == (500, "9002")


def test_another_services_operation_is_a_fault(reading_core: Wire) -> None:
    assert fault_of(reading_core.call("collection", "QueryLoans", GRZH=DUAN)) == (500, "9002")


def test_a_reply_sent_as_a_request_is_a_fault(reading_core: Wire) -> None:
    reply: dict[str, str | int] = {"QQLSH": "1", "FHM": "0000", "KJRQ": "20181025"}
    assert fault_of(reading_core.post("collection", envelope("QueryAccountResponse", reply))) == (500, "9002")


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"{}", b"<a/>", b"\xff\xfe\x00", "<?xml version='1.0' encoding='UTF-8'?><a>段</a>".encode("gbk")],
    ids=["empty", "text", "json", "xml", "bytes", "gbk"],
)
def test_what_is_no_envelope_is_a_fault(reading_core: Wire, body: bytes) -> None:
    assert fault_of(reading_core.post("collection", body)) == (500, "9002")


def test_a_message_without_its_head_is_a_fault(reading_core: Wire) -> None:
    body = envelope("QueryAccount", {"GRZH": DUAN})
    assert fault_of(reading_core.post("collection", body.replace(b"Head", b"Hat"))) == (500, "9002")


def test_a_message_of_soap_1_2_is_a_fault(reading_core: Wire) -> None:
    body = envelope("QueryAccount", {"GRZH": DUAN})
    newer = body.replace(b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope")
    assert fault_of(reading_core.post("collection", newer)) == (500, "9002")


@pytest.mark.parametrize(
    "arguments",
    [{}, {"GRZH": DUAN, "X": "1"}, {"GRZH": "9" * 65}, {"DKZH": DUAN}],
    ids=["missing", "too many", "too long", "another"],
)
def test_arguments_outside_the_contract_are_a_fault(reading_core: Wire, arguments: dict[str, str | int]) -> None:
    assert fault_of(reading_core.call("collection", "QueryAccount", **arguments)) == (500, "9002")


@pytest.mark.parametrize("amount", ["1500.001", "1e3", "NaN", "", "１５００"])
def test_an_amount_outside_the_contract_is_a_fault(reading_core: Wire, amount: str) -> None:
    asked = {"SQLSH": "S-1", "GRZH": MAIMAITI, "YWLX": "07", "JE": amount}
    assert fault_of(reading_core.call("application", "SubmitApplication", **asked)) == (500, "9002")


def test_a_fault_says_what_was_wrong(reading_core: Wire) -> None:
    answer = reading_core.call("collection", "QueryLoans", GRZH=DUAN)
    assert "no operation QueryLoans in this service" in answer.text
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"


def test_a_date_that_does_not_exist_gets_9002(core: Wire) -> None:
    whole = core.call("collection", "QueryAccount", GRZH="990020400004").get("ZHXX/GRZHYE") or ""
    answer = core.call(
        "application", "SubmitApplication", SQLSH="S-1", GRZH="990020400004", YWLX="08", JE=whole,
        YDWMC="练习市实验中学", ZSHM="LT-1", PZRQ="20180231",
    )  # fmt: skip
    assert (answer.status, answer.get("FHM")) == (200, "9002")


def test_a_service_nobody_knows_is_404(reading_core: Wire) -> None:
    assert reading_core.post("nothing", envelope("QueryAccount", {"GRZH": DUAN})).status == 404


def test_today_is_not_this_machines_day(reading_core: Wire) -> None:
    assert reading_core.call("loan", "QueryLoans", GRZH=DUAN).get("KJRQ") != f"{date.today():%Y%m%d}"  # noqa: DTZ011
