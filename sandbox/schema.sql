-- The practice core's book. Columns carry the codes of the WSDL, so a row reads straight into a reply.
-- Money is in fen (1/100 yuan), rates in ten-millionths of a per cent, dates and months as in the contract
-- (YYYYMMDD, YYYYMM), moments as ISO 8601 without zone (the centre's wall clock).

CREATE TABLE setting (             -- KJRQ: the business date
    -- TQHKJX, of a prepaid part: 02 collects the interest on the part alone (利随本清), else that on the whole balance;
    -- TQHKSXF: its fee, per cent of the principal, until the loan is TQHKSXFYS months old
    name TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT;

CREATE TABLE serial (              -- the next number of each series of serial numbers
    series TEXT PRIMARY KEY, next INTEGER NOT NULL
) STRICT;

CREATE TABLE employer (DWZH TEXT PRIMARY KEY, DWMC TEXT NOT NULL) STRICT;

CREATE TABLE person (
    GRZH TEXT PRIMARY KEY, XINGMING TEXT NOT NULL, SJHM TEXT NOT NULL,
    ZJLX TEXT NOT NULL, ZJHM TEXT NOT NULL, XINGBIE TEXT,
    POGRZH TEXT                    -- the spouse's account
) STRICT;
CREATE INDEX person_by_document ON person (ZJHM);

CREATE TABLE account (
    GRZH TEXT PRIMARY KEY REFERENCES person, GRZHZT TEXT NOT NULL, KHRQ TEXT, DWZH TEXT REFERENCES employer,
    GRZHSNJZYE INTEGER NOT NULL CHECK (GRZHSNJZYE >= 0),
    GRZHDNGJYE INTEGER NOT NULL CHECK (GRZHDNGJYE >= 0),
    GRZHYE INTEGER NOT NULL CHECK (GRZHYE = GRZHSNJZYE + GRZHDNGJYE),
    GRJCJS INTEGER, DWJCBL INTEGER, GRJCBL INTEGER,  -- ratios in hundredths of a per cent
    DWYJCE INTEGER, GRYJCE INTEGER, JZNY TEXT,
    GRCKZHHM TEXT, GRCKZHKHYHMC TEXT, GRCKZHKHYHDM TEXT,
    FCRQ TEXT, SCTQRQ TEXT, XHRQ TEXT, XHYY TEXT,
    DJJE INTEGER NOT NULL DEFAULT 0,  -- frozen part of GRZHYE
    XZTQJZRQ TEXT,                 -- the last day without withdrawals; null: none
    HJR INTEGER                    -- day of the month on which the employer pays; null: no more payments
) STRICT;

CREATE TABLE withdrawal_reason (TQYY TEXT PRIMARY KEY, TQYYMC TEXT NOT NULL) STRICT;

CREATE TABLE account_detail (
    YWLSH TEXT PRIMARY KEY, GRZH TEXT NOT NULL REFERENCES account,
    MXLB TEXT NOT NULL CHECK (MXLB IN ('01', '02')),
    JZRQ TEXT NOT NULL, GJHTQYWLX TEXT NOT NULL,
    FSE INTEGER NOT NULL, DNGJFSE INTEGER NOT NULL, SNJZFSE INTEGER NOT NULL, FSLXE INTEGER,
    HBJNY TEXT, TQYY TEXT, TQFS TEXT, ZHAIYAO TEXT, CZBZ TEXT NOT NULL DEFAULT '01',
    BCYWLSH TEXT,                  -- the row that this one takes back
    GRZHSNJZYE INTEGER NOT NULL, GRZHDNGJYE INTEGER NOT NULL, GRZHYE INTEGER NOT NULL,
    YWLX TEXT,                     -- kind of business that drew it, on line or at the counter, for limits by kind
    SLRQ TEXT                      -- day on which that was handed in, whose year it counts for; null where it was posted the same day
) STRICT;
CREATE INDEX account_detail_by_account ON account_detail (GRZH, MXLB, JZRQ DESC, YWLSH DESC);

CREATE TABLE loan (
    DKZH TEXT PRIMARY KEY, JKHTBH TEXT NOT NULL, JKRGJJZH TEXT NOT NULL REFERENCES account,
    SWTYHMC TEXT, HKZH TEXT, DKZT TEXT NOT NULL, DKHKFS TEXT NOT NULL,
    DKFFE INTEGER NOT NULL, DKYE INTEGER NOT NULL, DKLL INTEGER NOT NULL, DKQS INTEGER NOT NULL,
    DQQC INTEGER NOT NULL, DKFFRQ TEXT NOT NULL, YDDQRQ TEXT, YDHKR TEXT NOT NULL, DKJQRQ TEXT, GFHTBH TEXT,
    SCHKRQ TEXT NOT NULL, SCTQHKRQ TEXT,
    SCTQHKFS TEXT,                 -- what that prepayment kept
    FWTS TEXT, LLLX TEXT,          -- home order (1, 2) and A.2, whose rate it follows; null: that of the contract for good
    BQBJ INTEGER,                  -- 等额本金: principal of a period
    YHKE INTEGER,                  -- 等额本息: principal and interest of a period
    SFKK TEXT NOT NULL DEFAULT '1' -- 1: installments are collected; 0: the debit fails, so they fall into arrears
) STRICT;
CREATE INDEX loan_by_borrower ON loan (JKRGJJZH);

CREATE TABLE co_borrower (         -- who may draw for a loan beside its borrower; CDGX: 02 spouse, 03 other co-borrower
    DKZH TEXT NOT NULL REFERENCES loan, GRZH TEXT NOT NULL REFERENCES account,
    CDGX TEXT NOT NULL CHECK (CDGX IN ('02', '03')),
    PRIMARY KEY (DKZH, GRZH)
) STRICT;
CREATE INDEX co_borrower_by_account ON co_borrower (GRZH);

CREATE TABLE loan_detail (
    YWLSH TEXT PRIMARY KEY, DKZH TEXT NOT NULL REFERENCES loan, JZRQ TEXT NOT NULL, YWFSRQ TEXT,
    DKYWMXLX TEXT NOT NULL, FSE INTEGER NOT NULL CHECK (DKYWMXLX = '01' OR FSE = BJJE + LXJE + FXJE),
    BJJE INTEGER NOT NULL, LXJE INTEGER NOT NULL, FXJE INTEGER NOT NULL,
    DQQC INTEGER, DKQS INTEGER NOT NULL, DKYE INTEGER NOT NULL,
    CZBZ TEXT NOT NULL DEFAULT '01', BCYWLSH TEXT  -- as of account rows; a row that takes another back has minuses
) STRICT;
CREATE INDEX loan_detail_by_loan ON loan_detail (DKZH, JZRQ DESC, YWLSH DESC);

CREATE TABLE due (                 -- billed, not yet posted: collected on JZRQ (a weekend moves it on), or in arrears
    DKZH TEXT NOT NULL REFERENCES loan, HKQC INTEGER NOT NULL, HKRQ TEXT NOT NULL, JZRQ TEXT,
    BJJE INTEGER NOT NULL, LXJE INTEGER NOT NULL,
    PRIMARY KEY (DKZH, HKQC)
) STRICT;

CREATE TABLE home (
    GRZH TEXT NOT NULL REFERENCES account, LB TEXT NOT NULL CHECK (LB IN ('GF', 'JF')), HTBH TEXT NOT NULL,
    FWZL TEXT, FWJZMJ INTEGER,     -- hundredths of a square metre
    FWZJ INTEGER NOT NULL, DKJE INTEGER NOT NULL, GFSFK INTEGER, SCGTTQRQ TEXT, SCTQRQ TEXT,
    LJTQJE INTEGER NOT NULL DEFAULT 0, SFKTQJE INTEGER NOT NULL DEFAULT 0,
    HTQDRQ TEXT, BDCZRQ TEXT,
    PRIMARY KEY (GRZH, LB, HTBH)
) STRICT;

CREATE TABLE rent (
    GRZH TEXT PRIMARY KEY REFERENCES account, SCGTTQRQ TEXT, YZJ INTEGER, ZLQSRQ TEXT, WCNZNS INTEGER
) STRICT;

CREATE TABLE commercial_loan (
    GRZH TEXT NOT NULL REFERENCES account, JKHTBH TEXT NOT NULL, DKYHMC TEXT NOT NULL, HKZH TEXT, DKZT TEXT NOT NULL,
    DKFFE INTEGER NOT NULL, DKYE INTEGER NOT NULL, YHKE INTEGER NOT NULL, JSEYHKE INTEGER NOT NULL,
    PRIMARY KEY (GRZH, JKHTBH)
) STRICT;

CREATE TABLE application (
    SQLSH TEXT PRIMARY KEY, SLBH TEXT NOT NULL UNIQUE, GRZH TEXT NOT NULL REFERENCES account, YWLX TEXT NOT NULL,
    JE INTEGER NOT NULL, FSLXE INTEGER, ZT TEXT NOT NULL, SLSJ TEXT NOT NULL,
    DKZH TEXT, TQHKFS TEXT, HTBH TEXT, YDWMC TEXT, ZSHM TEXT, PZRQ TEXT,
    YHZE INTEGER,                  -- what a prepayment may collect in all, as it was confirmed
    QDBH TEXT NOT NULL             -- the channel that sent it
) STRICT;
CREATE INDEX application_by_account ON application (GRZH, SLSJ DESC, SLBH DESC);
CREATE UNIQUE INDEX one_application_in_flight ON application (GRZH) WHERE ZT IN ('01', '02', '03');

CREATE TABLE application_stage (
    SQLSH TEXT NOT NULL REFERENCES application, XH INTEGER NOT NULL, ZT TEXT NOT NULL, SJ TEXT NOT NULL, BZ TEXT,
    PRIMARY KEY (SQLSH, XH)
) STRICT;

CREATE TABLE message (             -- SMS inbox
    DXLSH TEXT PRIMARY KEY, SJHM TEXT NOT NULL, DXNR TEXT NOT NULL, FSSJ TEXT NOT NULL
) STRICT;
CREATE INDEX message_by_phone ON message (SJHM, DXLSH DESC);

CREATE TABLE article (
    WZBH TEXT PRIMARY KEY, LMDM TEXT NOT NULL, BT TEXT NOT NULL, ZY TEXT, FBRQ TEXT NOT NULL, LY TEXT, ZW TEXT NOT NULL
) STRICT;
CREATE TABLE channel (
    XH INTEGER PRIMARY KEY, QDMC TEXT NOT NULL, QDLX TEXT NOT NULL, QDDZ TEXT NOT NULL, QDSM TEXT
) STRICT;
CREATE TABLE outlet (
    WDBH TEXT PRIMARY KEY, WDMC TEXT NOT NULL, QX TEXT NOT NULL, DZ TEXT NOT NULL, LXDH TEXT, YYSJ TEXT, YWFW TEXT,
    JD TEXT, WD TEXT               -- degrees as decimal text
) STRICT;
CREATE TABLE development (
    LPBH TEXT PRIMARY KEY, LPMC TEXT NOT NULL, KFS TEXT NOT NULL, QX TEXT NOT NULL, DZ TEXT NOT NULL, YHMC TEXT, PZRQ TEXT
) STRICT;
CREATE TABLE faq (WTBH TEXT PRIMARY KEY, ZTMC TEXT NOT NULL, WTNR TEXT NOT NULL, DANR TEXT NOT NULL) STRICT;
CREATE TABLE special_day (RQ TEXT PRIMARY KEY, SFGZR INTEGER NOT NULL, SM TEXT) STRICT;
