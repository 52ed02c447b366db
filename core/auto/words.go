package auto

// Groups of words that say what is asked for. Of a word that ends in * the first five
// letters are meant: any word that begins so.
const (
	groupNone = iota
	groupProve
	groupMath
	groupCode
	groupAlgorithm
	groupWrite
	groupTranslate
	groupTongue
	groupFact
	groupWhy
	groupCompare
	groupNot
	groupIf
	groupEach
	groupScience
	groupTrade
	groupReason
	groupUnit
	groupHome
	groupDesign
	groupForm
	groupChoice
	groupGoOn
	groups
)

// wordsOf lists the words of each group, in the languages that are told apart.
func wordsOf() [groups]string {
	return [groups]string{
		groupProve: "prove proof proofs disprove lemma corollary theor* deriv* deduce rigor* induc* qed beweis* herleit* herle* démon* preuve prouv* prouve démontre demue* demos* " +
			"dimos* dimostra prova provar prove dokaz udowo* dowód kanıt* ispat докаж* доказ* теоре* выведи bewijs bewij* 证明 證明 推导 定理 証明 증명 정리 إثبات أثبت برهن सिद्ध " +
			"funda* homol* homot* cohom* manif* topol* isomo* homeo* knot banach hilbe* noeth* sobol* ergod* asymp* lagra* renor* axiom* undec*",
		groupMath: "solve calcu* compu* integ* equat* proba* polyn* matri* deter* eigen* geome* triang* algeb* fract* simpl* evalu* modulo divis* prime primes remai* vector tangent sine cosine " +
			"logar* expon* sqrt frac sum product ratio perce* avera* median varia* perme* permu* combi* radius diame* perim* angle circle squar* cubic coeff* limit conve* " +
			"rechne berec* gleic* löse résou* résous équat* ecuac* resue* resol* risol* calco* oblic* równa* hesap* denkl* решит* реши уравн* вычис* интег* bereken " +
			"计算 方程 积分 求解 概率 計算 方程式 確率 계산 방정 확률 احسب معادلة हल समीकरण",
		groupCode: "code coding funct* class python java javas* types* golang rust sql query queries debug bug bugs compi* array list lists tuple dict strin* script api regex html css react " +
			"refac* imple* stack queue return null void int bool loop async await json yaml docker linux bash shell git unit test tests excep* runtime server backend frontend datab* " +
			"progr* progra* metho* varia* funkt* fonct* funci* funzi* funct* função código codice kodu kod codes fehler erreur функц* код скрип* програ* 代码 函数 程序 脚本 编写 コード 関数 実装 코드 함수 구현 كود دالة कोड",
		groupAlgorithm: "algor* compl* optim* recur* dynamic concu* distr* threa* async* mutex deadl* laten* throu* scala* cache hash tree trees graph graphs heap binary search sort sorting sorted " +
			"lock locks race atomic memory pointer cluster crypto encry* kernel alloc* parse* gramm* 算法 复杂 アルゴ 알고 алгор* сложн*",
		groupWrite: "write essay story stories poem poems email letter blog article draft rewri* parap* summa* headl* tweet lyrics haiku speech novel chara* dialo* slogan carto* song joke caption " +
			"title tone style creat* invite toast schre* gedic* gesch* brief écris écriv* lettre poème histo* escri* carta poema cuento histo* scrivi scriv* lette* poesia escreva napisz wiersz " +
			"list opowi* yaz şiir напиш* стихо* письм* рассказ расск* schrijf verhaal gedicht 写 作文 故事 诗歌 一首 邮件 書いて 物語 メール 써줘 이야 작성 편지 시를 اكتب قصيدة قصة लिख लिखो कविता",
		groupTranslate: "trans* translate translation überse* übers* tradu* tradui* traduce traducir traduci traduz traduza przet* przetłumacz çevir tercüme перев* переве* vertaal vertaling vertal* överst* översätt oversæt oversett 翻译 翻譯 翻訳 訳し 번역 ترجم ترجمة अनुवाद",
		groupTongue: "engli* french german* spani* itali* portu* dutch polish turki* russi* chine* japan* korean arabic hindi latin deutsch engli* franz* françai* franç* anglai* espag* inglé* ingle* franc* " +
			"engel* angie* ingiliz* ingil* англи* немец* франц* 英文 英语 中文 日语 法语 英語 日本 フラ 영어 한국 الإنجليزية अंग्रेज",
		groupFact:    "who whom whose when where which wer wann wo welche qui quand où quel quelle quién cuándo dónde cuál chi quando dove quale quem onde qual kto kiedy gdzie kim nerede кто когда где какой 谁 哪里 什么时候 誰 どこ いつ 누가 어디 언제 من متى أين कौन कब कहाँ",
		groupWhy:     "why expla* descr* discu* elabo* justi* inter* impli* erklä* warum expli* pourq* décri* porqué spieg* perch* porqu* dlacz* wyjaś* neden açıkla* açıkl* почему объяс* опиши waarom leg 解释 为什么 说明 説明 なぜ 설명 왜 اشرح لماذا समझा क्यों",
		groupCompare: "compa* contr* diffe* versus vs pros cons advan* disad* similar tradeoff better worse vergl* unterschied unter* diffé* difer* diffe* confr* różni* porów* karşı* fark сравн* разни* verschil 比较 区别 比較 違い 비교 차이 قارن الفرق तुलना अंतर vortei* nacht* vor- avant* désav* incon* venta* desve* преим* недос* 优点 缺点 利弊 長所 短所",
		groupNot:     "not no never without neither nor none cannot except false incor* least fewer unless nicht kein keine keinen ohne niemals jamais sauf nunca jamás никогда кроме нельзя 没有 不能",
		groupIf:      "if suppo* assum* given let whene* whether other* until then consi* hypot* cases wenn falls sofern angen* quand lorsq* cuando supon* если предп* пусть 如果 假设 もし",
		groupEach:    "each every all any least most only exact* both always either per total twice half double times more less than jeder jede jeden jedes alle genau höchst* mindes* chaque tous toutes exact* todos todas cada exactam* каждый каждого все всех ровно 每个 所有 有些",
		groupScience: "energy mass veloc* accel* force press* temper* therm* gas liquid solid ion ions acid base molec* atom atoms elect* volta* curre* magne* field wave waves frequ* photon quant* " +
			"chemi* react* equil* entha* entro* molar mole moles gram solut* oxida* cell cells gene genes prote* enzym* dna rna speci* evolu* organ* bacte* nucle* neutr* orbit* star planet heat work power energ* énerg* kerne* solare solaire solar энерг* ядерн* солнеч* 核能 太阳",
		groupTrade: "court law legal contr* liabi* defen* plain* statu* const* patient diagn* treat* sympt* disea* market demand supply price prices cost profit tax inter* inves* bond stock asset* " +
			"capit* infla* econo* polic* monet* gdp firm trade tariff regul* theory psych* behav* cogni* social ethic* moral philo*",
		groupReason: "there* thus hence becau* conclu* infer* logic* puzzle step steps argum* premi* follow* true sound valid contra* parad* clue clues exactly immed* position left right folgt folgl* daraus ensuit sigue deduc* следует значит вывод 推出 因此",
		groupUnit: "cm mm km kg lb lbs mph ft feet foot inch inches meter meters miles mile gallon* hour hours minute minut* second secon* day days week weeks month months year years dollar dolla* cent cents " +
			"grams liter* degrees degre* joule* watt watts volts ohm pounds ounces units age old price",
		groupGoOn: "yes please yep yeah yup ok okay sure go on ahead continue do it that this these next again proceed more now then so and right great good perfect thanks thank keep going both all fine agreed " +
			"ja weiter mach bitte gut oui vas continue suivant d'accord oui sí si vale sigue adelante continúa bien certo vai avanti sim continua ok tak dalej evet devam tamam " +
			"да давай дальше продолжай хорошо 是 是的 好 好的 继续 可以 はい 続け お願 네 계속 نعم استمر हाँ",
		groupHome:   "my me i you your hello hi hey help want need like today best good tips capital morning evening thanks thank bye hauptstadt capitale столица ideas recipe dog cat food home family friend love person people man woman child he she his her mein meine meinen meiner mir dir tochter freund mon ma mes moi fille ami mi mis hija amigo мне мой моей моя дочери друг 我的 女儿 idées ideen идеи идей 主意",
		groupDesign: "design archit* plan strat* analy* asses* optimize devel* propo* approach system frame* model proof invest* critiq* review desig* entwi* conce* diseñ* proge* проек* анали* 设计 分析 設計 설계 분석 صمم",
		groupForm:   "must should format table bullet json xml csv words word parag* senten* senten* lines line chars least exactly output input following constr* requi* provide include schema field",
		groupChoice: "choose choice choic* option* answer answers letter correct follo* above below blank statement statem* true false print only single",
	}
}

// functionWords lists common short words of each language in Latin script, in the order of
// the languages. Single letters are left out, since they are also what formulas are made of.
func functionWords() [latinLanguages]string {
	return [latinLanguages]string{
		English:    "the of and to in is that for it with as are this be on what how write why which you can a an do does by from or me my give explain who when where if one would should into at have has please make show",
		German:     "der die das und ist nicht ein eine einen mit für auf den dem von zu wie was ich sie wir im des auch als bei nach über oder einer eines bitte mir schreibe kann zwischen warum",
		French:     "le la les des et est un une dans pour que qui sur avec pas du au ce cette il je vous nous par plus en comment quelle quel sont mon ma moi entre pourquoi écris aux",
		Spanish:    "el la los las de es un una en que por para con del se no como qué cómo al lo su más mi me entre escribe cuál son porque este esta por sobre",
		Italian:    "il lo la gli le di è un una che per con del della dei non come cosa mi sono nel alla al da si scrivi più perché questo tra fra quale una delle",
		Portuguese: "os as de é um uma que em para com do da dos das não como por no na se mais me entre escreva qual são você ao porque este pelo",
		Dutch:      "de het een en van is niet dat voor met op te zijn wat hoe ik je naar aan er als bij ook om schrijf waarom tussen mij deze wordt uit over kan geef",
		Polish:     "na do nie się że jest to jak dla co po od za czy jaki jaka napisz mi między dlaczego przez są oraz który ten tego wyjaśnij",
		Turkish:    "ve bir bu için ile ne nasıl mi da de olarak olan daha çok bana neden arasındaki yaz gibi kadar en var değil şu ya her",
		Swedish:    "och att det som en på är av för med den till inte om ett jag hur vad de mig skriv mellan varför kan från har eller",
		Danish:     "og at det som en på er af for med den til ikke om et jeg hvordan hvad de mig skriv mellem hvorfor kan fra har eller mellom av hva",
		Czech:      "na se je že do to jak pro co za by napiš mi mezi proč jsou který nebo podle při tak ale od",
		Romanian:   "și de în la cu pe este un că nu ce din pentru care mai sunt să cum între scrie al mi dintre sau prin",
		Hungarian:  "az és hogy nem egy is van mi mit hogyan között írj meg ez azt kell vagy mint miért csak el nekem legyen",
		Finnish:    "ja on ei se että mikä miten miksi kuin kirjoita minulle tai ovat joka välillä mutta jos selitä mitä niin ole voi",
		Indonesian: "yang dan di untuk dengan ini itu dari tidak apa bagaimana adalah pada ke saya dalam tulis mengapa antara jelaskan sebuah tolong atau buat",
		Vietnamese: "và của là một cho không các trong có được với những hãy viết như thế nào tại sao giữa tôi này về bằng",
	}
}
