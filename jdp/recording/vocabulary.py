"""Words that stay in a capture: those that sites say to everybody. All others may be somebody's, and are replaced."""

from __future__ import annotations

import re

SAID = """
    a about above accept accepted access account action actions active add added additional adjusted adjustment
    advanced after agree agreement alert all already alternative an and another any appearance apply approximate are
    area as ascending asked at attention available average away back bar base be because been before begin begins below
    between blank body book bookout books both bottom box browser but button buttons buy buyer by cache calculate
    calculated calculating callback can cancel cannot cell cells center change changed changes check checked choose
    chosen clean clear click close closed code collapse collapsed color column columns com condition conditions confirm
    connect connected connection contact contain contains content continue control cookie cookies copy copyright count
    create created current custom customize data date day days decline default delete denied descending description
    desktop details dialog digit disabled display do does doing done double down download drag draft drop due edit
    email empty enable enabled end ended ends english enter entered equal equals error errors even event every exceed
    excel exit expand expanded expire expired expires export exporting exterior failed false favorite feature features
    field fields file files fill filter filtered filters find finished first fixed focus follow following for forgot
    form format forms found from full function general generate generated get go grid group grouped grouping groups
    guide has have header headers heading height hello help here hidden hide high history home hour hours how href html
    http https hybrid icon id if image images import in incorrect index info information inline input insights interior
    internal into invalid inventory is issue it item items its javascript jpeg json just keep key keyboard label last
    later layout learn left legal less let license licence licensed like limit line lines link links list listed
    loading loaded location lock locked log logged login logoff logout logo logon look loss low lower main maintenance
    make makes manage manager many market match matches max maximum may meanwhile menu message messages mileage
    miles min minimum minute minutes missing mobile mode model models modified modify module moment month months more
    most move multiple must name names navigation need net never new newest news next no none normal not note notes
    notice notification now null number numbers object of off ok old on once one online only open opened opens option
    optional options or order other our out over overview page pager pages paginate panel paragraph parameter part
    password path pdf pending per percent period please popup portal post preferences prepare prepared press preview
    previous price prices print printed printing prior privacy problem process processing product products profile
    program provided public query question quick range rate rating read ready rear reason recent recently record
    records ref reference refresh refused register registration reload remember remove removed report reports request
    requested required requires reset resize response result results retail return right role rough row rows same save
    saved saving scheduled script search second seconds section security see select selected selection send sent server
    services session sessions set settings setup share sheet short should show showing shown side sign signed signin
    signout simple since single site size small some something soon sort sorted sorting sorry standard start started
    state statement status step still stock stop store string style stylesheet submit submitted subtitle success
    successful suggested summary support switch system tab table tabs take taken target team terms test text than thank
    thanks that the their them then there these they this those time title to today toggle token tools top total trade
    trim true try type unable unavailable under undefined unique unknown unlock until up update updated upper url us
    use used user username users using vali valid validation valuation value values vehicle vehicles verification
    verify version view vin visible vehicleid visit wait waiting want warning was we web week welcome were what when
    where whether which while who why widget width window with without word work would wrong xls xlsx xml year
    years yes yet you your zip zoom
    auto body bodystyle class classname date datetime drivetrain engine msrp odometer mpg trims makes series stk nbr
    acv appraisal auction wholesale tradein loan invoice sticker bookouts reconditioning
    nada jd power jdpower jdpowervalues valuesonline extapps licenseagreement returnurl getpdfreport reporttype
    asp aspx mvc dx dev express devexpress ajax xhr fetch get head put options async asynchronous
    utf iso charset ascii px em rem css js svg png gif jpg ico woff woff2 xhtml doctype viewport stylesheet noreferrer
    noopener nofollow self blank parent post multipart formdata urlencoded application octet stream attachment pdfs
    google googletagmanager gtm analytics cdn cloudflare jquery bootstrap microsoft visualstudio insights
    csrf xsrf antiforgery requestverificationtoken verificationtoken captcha recaptcha
    array boolean number string math window document location history navigator console prototype length
    january february march july september october november december
    jan feb mar apr jun jul aug sep oct nov dec
    helvetica arial times courier verdana tahoma calibri segoe sans serif bold italic oblique regular mt ps
    identity winansi truetype opentype cid embedded subset
    producer creator library
    launch run build worksheet worksheets printout proceed finish produce appraise desk deal deals lead leads
    dashboard refine advance quote quotes wizard template templates batch queue ready document documents
    abort blur click dblclick keydown keyup keypress mousedown mouseup mouseover onchange onclick onload onsubmit
    readonly checkbox radio textarea tabindex colspan rowspan innerhtml settimeout addeventlistener queryselector
"""
# What makes PDFs and their fonts; some of these are people's names elsewhere.
MAKING = """
    itext itextsharp reportlab crystal reports wkhtmltopdf telerik ssrs reporting services pdfsharp aspose fpdf tcpdf
    ghostscript acrobat distiller skia chromium quartz prince fop jasper jasperreports devexpress microsoft sap apache
    activereports stimulsoft fastreport qt pdfium abcpdf evopdf selectpdf winnovative dynamicpdf roman
"""
MAKERS = frozenset(MAKING.split())
WORDS = frozenset(SAID.split())
MOST_DIGITS = 2  # of a number in a name: input2
PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def is_public(word: str) -> bool:
    """Tell whether a word is said to everybody, also one that is written together: `vehicleGridView`."""
    if word.lower() in WORDS:
        return True
    parts = PARTS.findall(word)
    if "".join(parts) != word or len(parts) == 1 or not any(len(part) > 1 and part.isalpha() for part in parts):
        return False
    return all(len(part) <= MOST_DIGITS if part.isdigit() else part.lower() in WORDS for part in parts)
