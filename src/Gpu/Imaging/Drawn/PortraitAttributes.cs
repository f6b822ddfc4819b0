namespace PortraitGen.Gpu.Imaging.Drawn;

public enum AgeBand { Young, Adult, Old }

public enum Gender { Woman, Man }

public enum SkinTone { Pale, Fair, Tan, Brown, Dark }

public enum HairColour { Black, Brown, Blond, Red, Grey, White }

public enum HairStyle { Short, Long, Curly, Bald, Bun, Fringe }

public enum Glasses { None, Thin, Thick }

public enum Expression { Neutral, Smile, Serious }

public enum Pose { Frontal, Left, Right, Tilted }

public enum LightKind { Soft, Left, Right, Backlit, Warm, Cool }

public enum BackdropColour { Grey, White, Black, Blue, Green, Red, Brown, Yellow, Purple }

public enum Beard { None, Stubble, Moustache, Full }

public enum ClothColour { White, Black, Grey, Blue, Green, Red, Brown, Yellow, Purple }

public enum ClothCut { Tee, Shirt, Jacket }

/// <summary>What a person would name about a portrait. Left and right are the viewer's.</summary>
public sealed record PortraitAttributes(
    AgeBand Age,
    Gender Gender,
    SkinTone Skin,
    HairColour HairColour,
    HairStyle Hair,
    Glasses Glasses,
    Expression Expression,
    Pose Pose,
    LightKind Light,
    BackdropColour Backdrop,
    Beard Beard,
    ClothColour Cloth,
    ClothCut Cut)
{
    /// <summary>The attributes of a seed: plausible together (white hair comes with age, beards with men).</summary>
    public static PortraitAttributes Draw(ulong seed)
    {
        var draws = new Draws(seed);
        var age = (AgeBand)draws.Weighted(Purpose.Age, 0, 4, 4, 3);
        var gender = (Gender)draws.Weighted(Purpose.Gender, 0, 1, 1);
        var woman = gender == Gender.Woman;
        var skin = (SkinTone)draws.Weighted(Purpose.Skin, 0, 3, 4, 3, 3, 3);
        var light = skin <= SkinTone.Fair;
        var old = age == AgeBand.Old;
        var colour = (HairColour)(old
            ? draws.Weighted(Purpose.HairColour, 0, 1, 1, light ? 1 : 0, 0, 5, 4)
            : draws.Weighted(Purpose.HairColour, 0, 4, 4, light ? 4 : 0.6f, light ? 3 : 0.5f, age == AgeBand.Adult ? 0.8f : 0, 0));
        var hair = (HairStyle)(woman
            ? draws.Weighted(Purpose.HairStyle, 0, 2, 5, 3, 0.15f, 2, 3)
            : draws.Weighted(Purpose.HairStyle, 0, 6, 1, 2, old ? 3 : 1.2f, 0.4f, 1.5f));
        var beard = (Beard)(woman || age == AgeBand.Young && draws.Unit(Purpose.Beard, 1) < 0.4f
            ? 0
            : draws.Weighted(Purpose.Beard, 0, 4, 2, 1.5f, 3));
        return new(
            age,
            gender,
            skin,
            colour,
            hair,
            (Glasses)draws.Weighted(Purpose.Glasses, 0, 6, 2, 2),
            (Expression)draws.Weighted(Purpose.Expression, 0, 3, 4, 2),
            (Pose)draws.Weighted(Purpose.Pose, 0, 4, 2, 2, 1.5f),
            (LightKind)draws.Weighted(Purpose.Light, 0, 4, 2, 2, 1.5f, 2, 2),
            (BackdropColour)draws.Weighted(Purpose.Backdrop, 0, 3, 2, 2, 3, 2, 2, 2, 1.5f, 1.5f),
            beard,
            (ClothColour)draws.Weighted(Purpose.Cloth, 0, 3, 3, 2, 3, 2, 2, 1, 1, 1),
            (ClothCut)draws.Weighted(Purpose.Cut, 0, 3, 3, 3));
    }
}
