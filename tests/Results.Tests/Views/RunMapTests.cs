using CsCheck;
using Orchestrator.Results.Views;

namespace Orchestrator.Results.Tests.Views;

public sealed class RunMapTests
{
    /// <summary>Any course of changes leaves what a dictionary would have, and never touches what was there before.</summary>
    [Fact]
    public void It_is_a_sorted_dictionary_that_nobody_changes() =>
        Gen.Select(Gen.Int[0, 5_000], Gen.Int[0, 3]).Array[0, 60].Array[1, 6].Sample(courses =>
        {
            var (map, known) = (RunMap<string>.Empty, new SortedDictionary<int, string>());
            var former = new List<(RunMap<string> Map, KeyValuePair<int, string>[] Held)>();
            foreach (var course in courses)
            {
                var change = map.Change();
                foreach (var (index, value) in course)
                {
                    change.Set(index, value == 0 ? null : $"{value}");
                    if (value == 0)
                    {
                        known.Remove(index);
                    }
                    else
                    {
                        known[index] = $"{value}";
                    }
                }
                map = change.Build();
                former.Add((map, [.. known]));
            }
            Assert.All(former, then =>
            {
                Assert.Equal(then.Held, then.Map);
                Assert.Equal(then.Held.Length, then.Map.Count);
                Assert.All(then.Held, held => Assert.Equal(held.Value, then.Map.GetValueOrDefault(held.Key)));
            });
            Assert.Null(map.GetValueOrDefault(1_000_000));
            Assert.False(map.ContainsKey(-1));
        });
}
