package auto

import "testing"

// TestCategories reads requests as people write them.
func TestCategories(t *testing.T) {
	for _, c := range []struct {
		category Category
		texts    []string
	}{
		{Code, []string{
			"Write a Python function that merges two sorted lists.",
			"Why does this panic?\n```go\nfunc main() {\n\tvar m map[string]int\n\tm[\"a\"] = 1\n}\n```",
			"fn longest<'a>(x: &'a str, y: &'a str) -> &'a str { if x.len() > y.len() { x } else { y } }\nWhy do I need the lifetime here?",
			"SELECT name, COUNT(*) FROM orders GROUP BY name HAVING COUNT(*) > 3;\nHow can I make this query faster?",
			"My React component renders twice, here is the code: const [n, setN] = useState(0); useEffect(() => { setN(n + 1); }, []);",
			"Refactor this class so that the database is injected, and add unit tests.",
			"Write a bash script that renames all .jpeg files in a directory to .jpg.",
			"#include <stdio.h>\nint main(void) {\n    int a[3];\n    a[3] = 1;\n    printf(\"%d\\n\", a[3]);\n    return 0;\n}",
			"Fix the failing test in parser.rs and explain the bug.",
			"Schreibe eine Python-Funktion, die zwei sortierte Listen zusammenführt.",
			"Écris une fonction Python qui fusionne deux listes triées.",
			"Escribe una función en Python que combine dos listas ordenadas.",
			"Напиши функцию на Python, которая объединяет два отсортированных списка.",
			"请用Python编写一个函数，合并两个有序列表的代码。",
			"二つのリストを結合するPythonの関数を実装してください。コードだけで。",
			"두 리스트를 합치는 파이썬 함수 코드를 작성해 주세요. 함수 구현만.",
		}},
		{Math, []string{
			"Solve for x: 3x^2 - 5x + 2 = 0.",
			"Prove that there are infinitely many primes.",
			"What is the integral of x^2 * e^x from 0 to 1?",
			"Compute the probability that the sum of two dice is 7.",
			"Let $a_n = 3a_{n-1} + 2$ with $a_0 = 1$. Find a closed form for $a_n$.",
			"A train covers 120 miles in 2.5 hours. What is its average speed, and how long does it take for 300 miles?",
			"Beweise, dass die Wurzel aus 2 irrational ist. Berechne sie dann auf 3 Stellen.",
			"Résous l'équation 2x + 3 = 11.",
			"Решите уравнение 2x + 3 = 11.",
			"求解方程 2x + 3 = 11。",
			"方程式 2x + 3 = 11 を解いて、計算を示して。",
		}},
		{Writing, []string{
			"Write a short story about a lighthouse keeper who hears voices.",
			"Write a polite email to my landlord asking for a new heater.",
			"Can you write a poem about autumn in the style of a sailor's song?",
			"Draft a cover letter for a job as a nurse.",
			"Rewrite this paragraph in a friendlier tone: We regret to inform you that your request was denied.",
			"Schreibe ein Gedicht über den Herbst.",
			"Écris un poème sur l'automne.",
			"Escribe un poema sobre el otoño.",
			"Напиши стихотворение об осени.",
			"写一首关于秋天的诗歌。",
		}},
		{Translation, []string{
			"Translate to French: Where is the train station?",
			"Please translate the following sentence into German: I would like a cup of tea.",
			"How do you translate \"good night\" into Japanese?",
			"Übersetze ins Englische: Wo ist der Bahnhof?",
			"Traduis cette phrase en anglais : où est la gare ?",
			"Traduce al inglés: ¿Dónde está la estación?",
			"Переведи на английский: где вокзал?",
			"翻译成英文：火车站在哪里？",
			"英語に翻訳してください：駅はどこですか。",
			"다음 문장을 영어로 번역해 주세요: 역이 어디에 있나요?",
		}},
		{Other, []string{
			"What is the capital of Mongolia?",
			"Who won the first world cup?",
			"Why is the sky blue?",
			"Give me some tips for a week in Lisbon.",
			"Explain the causes of the First World War.",
			"yes, go on",
			"Warum ist der Himmel blau?",
			"为什么天空是蓝色的？",
			"",
		}},
	} {
		for _, text := range c.texts {
			if r := reading(text); r.Category != c.category {
				t.Errorf("%q is %v, not %v", text, r.Category, c.category)
			}
		}
	}
}
