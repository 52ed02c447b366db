package auto

import "testing"

// band is how far the quantile of a request may lie from that of the same in English, per mille.
const band = 150

// requests are each in English, German, French, Spanish, Russian and Chinese.
func requests() [][6]string {
	return [][6]string{
		{"What is the capital of Australia?", "Was ist die Hauptstadt von Australien?", "Quelle est la capitale de l'Australie ?",
			"¿Cuál es la capital de Australia?", "Какая столица у Австралии?", "澳大利亚的首都是哪里？"},
		{"Prove that the square root of 2 is irrational.", "Beweise, dass die Quadratwurzel aus 2 irrational ist.", "Démontre que la racine carrée de 2 est irrationnelle.",
			"Demuestra que la raíz cuadrada de 2 es irracional.", "Докажи, что квадратный корень из 2 иррационален.", "证明2的平方根是无理数。"},
		{"Write a short poem about the sea in winter.", "Schreibe ein kurzes Gedicht über das Meer im Winter.", "Écris un court poème sur la mer en hiver.",
			"Escribe un poema corto sobre el mar en invierno.", "Напиши короткое стихотворение о море зимой.", "写一首关于冬天大海的短诗。"},
		{"A shop sells 3 apples for 2 euros. How much do 12 apples cost, and how much change is left from 20 euros?",
			"Ein Laden verkauft 3 Äpfel für 2 Euro. Wie viel kosten 12 Äpfel, und wie viel Wechselgeld bleibt von 20 Euro?",
			"Un magasin vend 3 pommes pour 2 euros. Combien coûtent 12 pommes, et combien de monnaie reste-t-il sur 20 euros ?",
			"Una tienda vende 3 manzanas por 2 euros. ¿Cuánto cuestan 12 manzanas y cuánto cambio queda de 20 euros?",
			"Магазин продаёт 3 яблока за 2 евро. Сколько стоят 12 яблок и сколько сдачи останется с 20 евро?",
			"一家商店3个苹果卖2欧元。12个苹果多少钱？付20欧元找回多少零钱？"},
		{"Explain why the sky is blue to a ten-year-old child.", "Erkläre einem zehnjährigen Kind, warum der Himmel blau ist.", "Explique à un enfant de dix ans pourquoi le ciel est bleu.",
			"Explica a un niño de diez años por qué el cielo es azul.", "Объясни десятилетнему ребёнку, почему небо голубое.", "向一个十岁的孩子解释为什么天空是蓝色的。"},
		{"Write a Python function that returns the n-th Fibonacci number.", "Schreibe eine Python-Funktion, die die n-te Fibonacci-Zahl zurückgibt.", "Écris une fonction Python qui renvoie le n-ième nombre de Fibonacci.",
			"Escribe una función de Python que devuelva el n-ésimo número de Fibonacci.", "Напиши функцию на Python, которая возвращает n-е число Фибоначчи.", "编写一个Python函数，返回第n个斐波那契数。"},
		{"Compare the advantages and disadvantages of solar and nuclear power for a small country.", "Vergleiche die Vor- und Nachteile von Solar- und Kernenergie für ein kleines Land.",
			"Compare les avantages et les inconvénients de l'énergie solaire et nucléaire pour un petit pays.", "Compara las ventajas y desventajas de la energía solar y nuclear para un país pequeño.",
			"Сравни преимущества и недостатки солнечной и ядерной энергии для небольшой страны.", "比较太阳能和核能对一个小国家的优点和缺点。"},
		{"Solve the equation 3x + 7 = 22 and show each step.", "Löse die Gleichung 3x + 7 = 22 und zeige jeden Schritt.", "Résous l'équation 3x + 7 = 22 et montre chaque étape.",
			"Resuelve la ecuación 3x + 7 = 22 y muestra cada paso.", "Реши уравнение 3x + 7 = 22 и покажи каждый шаг.", "解方程 3x + 7 = 22 并写出每一步。"},
		{"Who wrote the novel War and Peace, and when was it published?", "Wer schrieb den Roman Krieg und Frieden, und wann erschien er?", "Qui a écrit le roman Guerre et Paix, et quand a-t-il été publié ?",
			"¿Quién escribió la novela Guerra y paz y cuándo se publicó?", "Кто написал роман «Война и мир» и когда он был опубликован?", "谁写了小说《战争与和平》，什么时候出版的？"},
		{"Translate this sentence into Italian: the train leaves at eight in the morning.", "Übersetze diesen Satz ins Italienische: Der Zug fährt um acht Uhr morgens ab.", "Traduis cette phrase en italien : le train part à huit heures du matin.",
			"Traduce esta frase al italiano: el tren sale a las ocho de la mañana.", "Переведи это предложение на итальянский: поезд отправляется в восемь утра.", "把这句话翻译成意大利语：火车早上八点出发。"},
		{"Write an email to my colleagues that the meeting on Monday is moved to Tuesday at 10.", "Schreibe eine E-Mail an meine Kollegen, dass das Treffen am Montag auf Dienstag um 10 verschoben ist.",
			"Écris un e-mail à mes collègues pour dire que la réunion de lundi est déplacée à mardi à 10 heures.", "Escribe un correo a mis colegas diciendo que la reunión del lunes se pasa al martes a las 10.",
			"Напиши письмо коллегам, что встреча в понедельник переносится на вторник в 10.", "给我的同事写一封邮件，说星期一的会议改到星期二10点。"},
		{"Give me three ideas for a birthday party for my daughter.", "Gib mir drei Ideen für eine Geburtstagsfeier für meine Tochter.", "Donne-moi trois idées pour une fête d'anniversaire pour ma fille.",
			"Dame tres ideas para una fiesta de cumpleaños para mi hija.", "Дай мне три идеи для дня рождения моей дочери.", "给我三个给女儿办生日派对的主意。"},
		{"If all cats are animals and some animals are black, does it follow that some cats are black? Explain.",
			"Wenn alle Katzen Tiere sind und einige Tiere schwarz sind, folgt daraus, dass einige Katzen schwarz sind? Erkläre es.",
			"Si tous les chats sont des animaux et que certains animaux sont noirs, s'ensuit-il que certains chats sont noirs ? Explique.",
			"Si todos los gatos son animales y algunos animales son negros, ¿se sigue que algunos gatos son negros? Explica.",
			"Если все кошки — животные, а некоторые животные чёрные, следует ли, что некоторые кошки чёрные? Объясни.",
			"如果所有的猫都是动物，有些动物是黑色的，能推出有些猫是黑色的吗？请解释。"},
	}
}

// TestTheSameInOtherWords is that a language is not hard by itself.
func TestTheSameInOtherWords(t *testing.T) {
	sum, n := int32(0), int32(0)
	for _, all := range requests() {
		english := reading(all[0])
		for _, text := range all[1:] {
			r := reading(text)
			sum, n = sum+r.Quantile-english.Quantile, n+1
			if d := r.Quantile - english.Quantile; magnitude(d) > band {
				t.Errorf("%q is at %d, its English %q at %d: %d apart", text, r.Quantile, all[0], english.Quantile, d)
			}
		}
	}
	if mean := sum / n; magnitude(mean) > 30 {
		t.Errorf("on average %d apart: foreignHard and foreignBeyond are to be calibrated again", mean)
	}
}
