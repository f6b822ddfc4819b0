using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Curation;

namespace PortraitGen.Domain.Tests.Curation;

public sealed class HeldOutSplitTests
{
    [Fact]
    public void About_the_fraction_is_held_out() => Assert.InRange(HeldOutSplit.Of(Hashes(2000), 0.2).Count, 340, 460); // 400, spread 18

    [Fact]
    public void A_photo_keeps_its_side_when_others_come_and_go()
    {
        var few = HeldOutSplit.Of(Hashes(500), 0.2);
        var many = HeldOutSplit.Of(Hashes(1000), 0.2);
        Assert.All(Hashes(500), h => Assert.Equal(few.Contains(h), many.Contains(h)));
    }

    [Fact]
    public void Of_five_photos_at_least_one_is_held_out_and_one_is_trained_on_whatever_their_hashes()
    {
        for (int i = 0; i < 200; i++)
        {
            var five = Enumerable.Range(5 * i, 5).Select(Hash).ToList();
            foreach (double fraction in new[] { 0.001, 0.2, 0.5 }) Assert.InRange(HeldOutSplit.Of(five, fraction).Count, 1, 4);
        }
    }

    [Fact]
    public void Nothing_is_held_out_at_zero_and_a_single_photo_is_always_trained_on()
    {
        Assert.Empty(HeldOutSplit.Of(Hashes(100), 0));
        for (int i = 0; i < 20; i++) Assert.Empty(HeldOutSplit.Of([Hash(i)], 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => HeldOutSplit.Of(Hashes(3), 0.6));
    }

    [Fact]
    public void The_first_name_of_equal_contents_is_kept_whatever_the_order()
    {
        (string, int)[] items = [("c", 1), ("a", 1), ("B", 2), ("b", 1), ("d", 2)];
        var expected = new Dictionary<string, string> { ["b"] = "a", ["c"] = "a", ["d"] = "B" };
        Assert.Equal(expected, Duplicates.Find(items));
        Assert.Equal(expected, Duplicates.Find(items.Reverse()));
    }

    private static List<ContentHash> Hashes(int count) => [.. Enumerable.Range(0, count).Select(Hash)];

    private static ContentHash Hash(int i) => ContentHash.Of(BitConverter.GetBytes(i));
}
