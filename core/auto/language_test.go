package auto

import "testing"

// TestLanguages reads sentences as people write them.
func TestLanguages(t *testing.T) {
	for _, c := range []struct {
		text     string
		script   Script
		language Language
	}{
		{"What is the best way to learn to cook for a family of four?", Latin, English},
		{"Explain how a suspension bridge carries its load.", Latin, English},
		{"Wie kann ich meine Tomaten im Winter vor dem Frost schützen?", Latin, German},
		{"Schreibe mir bitte einen kurzen Brief an den Vermieter.", Latin, German},
		{"Pourquoi les feuilles des arbres tombent-elles en automne ?", Latin, French},
		{"Écris une lettre pour mon voisin qui fait trop de bruit.", Latin, French},
		{"¿Cómo se prepara una tortilla de patatas para seis personas?", Latin, Spanish},
		{"Explica la diferencia entre el clima y el tiempo.", Latin, Spanish},
		{"Come si prepara il risotto alla milanese e quale riso devo usare?", Latin, Italian},
		{"Como posso aprender a tocar violão em casa e quais são os primeiros passos?", Latin, Portuguese},
		{"Waarom is het water van de zee zout en dat van een meer niet?", Latin, Dutch},
		{"Dlaczego niebo jest niebieskie i co to jest rozpraszanie?", Latin, Polish},
		{"Bir kitap için kısa bir özet nasıl yazılır?", Latin, Turkish},
		{"Hur lagar man en cykel som har fått punktering och vad behöver jag?", Latin, Swedish},
		{"Hvordan laver jeg en kage til min søns fødselsdag, og hvad skal jeg købe?", Latin, Danish},
		{"Proč je v zimě kratší den a jak se to mění během roku?", Latin, Czech},
		{"De ce este cerul albastru și cum se formează norii?", Latin, Romanian},
		{"Hogyan kell egy jó levest főzni, és mit tegyek bele?", Latin, Hungarian},
		{"Miksi taivas on sininen ja miten se muuttuu illalla?", Latin, Finnish},
		{"Bagaimana cara membuat roti yang enak untuk sarapan di rumah?", Latin, Indonesian},
		{"Tại sao bầu trời có màu xanh và những đám mây là gì?", Latin, Vietnamese},
		{"Почему зимой дни короче, чем летом?", Cyrillic, Russian},
		{"Чому взимку дні коротші, ніж улітку, і що це змінює?", Cyrillic, Ukrainian},
		{"Защо през зимата дните са по-къси и къде отива топлината от слънцето?", Cyrillic, Bulgarian},
		{"Γιατί ο ουρανός είναι μπλε;", Greek, GreekLanguage},
		{"为什么冬天的白天比夏天短？", Han, Chinese},
		{"冬の日が夏より短いのはなぜですか。", Kana, Japanese},
		{"겨울에는 왜 낮이 짧은가요?", Hangul, Korean},
		{"لماذا يكون النهار أقصر في الشتاء؟", Arabic, ArabicLanguage},
		{"چرا روزهای زمستان کوتاه\u200cتر است؟", Arabic, Persian},
		{"למה הימים קצרים יותר בחורף?", Hebrew, HebrewLanguage},
		{"सर्दियों में दिन छोटे क्यों होते हैं?", Devanagari, Hindi},
		{"শীতকালে দিন ছোট কেন হয়?", Bengali, BengaliLanguage},
		{"குளிர்காலத்தில் பகல் ஏன் குறைவு?", Tamil, TamilLanguage},
		{"ทำไมกลางวันในฤดูหนาวจึงสั้น", Thai, ThaiLanguage},
		{"Fix this function: def f(x): return x+1 为什么它不工作，请解释一下原因并给出正确的代码", Han, Chinese},
		{"12 + 30 = ?", NoScript, Undetermined},
		{"", NoScript, Undetermined},
	} {
		r := reading(c.text)
		if r.Script != c.script || r.Language != c.language {
			t.Errorf("%q is %v in %v, not %v in %v", c.text, r.Language, r.Script, c.language, c.script)
		}
	}
}

func reading(text string) Reading {
	var t Text
	var r Reading
	t.Add([]byte(text))
	t.Read(&r)
	return r
}
