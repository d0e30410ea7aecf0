"""Spanish words for the pins, written in the same form as ``vocabulary``."""

from __future__ import annotations

from vocabulary import SharedWords, TopicWords, items, lines

SPANISH: dict[str, TopicWords] = {
    "food": TopicWords(
        subjects=items("""lentejas con verduras, tortilla de patatas jugosa, bizcocho de limón,
            pan casero sin amasar, empanadas de espinacas, arroz con leche, crema de calabaza,
            galletas de avena, pollo al horno con romero, tacos de champiñones"""),
        titles=lines("""
            {s}: receta [fácil|casera|rápida]
            cómo hacer {s} [en {m} minutos|paso a paso]
            {s} como las de la abuela
            {n} trucos para {s}
        """),
        bodies=lines("""
            Se hornea {m} minutos a 180 grados y se deja reposar.
            Con ingredientes de despensa y una sola olla.
            Añade un chorrito de limón y perejil fresco al final.
            Salen {n} raciones y se puede congelar.
            La masa descansa toda la noche en la nevera.
        """),
        boards=items("Recetas fáciles, Cenas entre semana, Postres, Cocina de casa"),
        tags=items("receta, cocinacasera, postres"),
        bait=items("freidora de aire, set de sartenes, tarjeta regalo del súper"),
    ),
    "home": TopicWords(
        subjects=items("""salón pequeño, cocina abierta, dormitorio nórdico, balcón con plantas,
            recibidor luminoso, baño de alquiler, rincón de lectura, estanterías de obra"""),
        titles=lines("""
            ideas para decorar: {s}
            antes y después: {s}
            {s} [con poco presupuesto|en tonos cálidos|lleno de luz]
        """),
        bodies=lines("""
            Pintamos las paredes en tono arena y cambiamos las lámparas.
            Una alfombra de yute y cortinas de lino dan calidez.
            Los muebles con patas hacen que el piso parezca más grande.
            Las cestas bajo el banco esconden los zapatos.
            Lijamos y pintamos los armarios nosotros mismos.
        """),
        boards=items("Casa soñada, Decoración, Pisos pequeños, Mi salón"),
        tags=items("decoracion, hogar, interiores"),
        bait=items("robot aspirador, sofá nuevo, juego de sábanas"),
    ),
    "diy": TopicWords(
        subjects=items("""bolsas de ganchillo, macetas pintadas a mano, velas de soja,
            guirnaldas de papel, colgantes de macramé, marcos con flores secas,
            muñecos de fieltro, estantes de madera reciclada"""),
        titles=lines("""
            {s}: patrón gratis
            cómo hacer {s} en casa
            manualidades: {s} [para principiantes|para regalar]
        """),
        bodies=lines("""
            Necesitas hilo de algodón, tijeras y unos {m} minutos.
            El patrón es gratis y se imprime en tamaño real.
            Deja secar la cola toda la noche y lija los bordes.
            Un regalo bonito, y los niños pueden ayudar a pintar.
            Hecho con restos de lana y de tela.
        """),
        boards=items("Manualidades, Ganchillo, Hecho a mano, Proyectos de finde"),
        tags=items("hechoamano, ganchillo, manualidades"),
        bait=items("máquina de coser, kit de resina, caja sorpresa de lanas"),
    ),
    "fashion": TopicWords(
        subjects=items("""pantalón ancho de lino, vestido de invitada, gabardina clásica,
            jersey de punto grueso, zapatillas blancas, falda plisada, americana oversize"""),
        titles=lines("""
            cómo combinar {s}
            {n} looks con {s}
            {s} [para la oficina|para el otoño|de diario]
        """),
        bodies=lines("""
            Con mocasines y un bolso pequeño queda perfecto.
            El abrigo es de segunda mano y costó {m} euros.
            Elegí una talla más y remangué las mangas.
            Colores neutros para combinar {n} prendas toda la semana.
        """),
        boards=items("Mis looks, Armario cápsula, Moda otoño, Invitada de boda"),
        tags=items("moda, lookdeldia, estilo"),
        bait=items("bolso de diseñador, reloj de lujo, zapatillas de marca"),
    ),
    "travel": TopicWords(
        subjects=items("""tres días en Oporto, ruta por Asturias, Marruecos en tren,
            escapada a Cádiz, Perú con mochila, pueblos blancos de Andalucía, Roma con niños"""),
        titles=lines("""
            {s}: [guía completa|qué ver|dónde comer]
            {s} [con mapa|sin gastar mucho]
            lo que nadie te cuenta de {s}
        """),
        bodies=lines("""
            Madruga: el mirador está vacío antes de las ocho.
            Dormimos en una pensión del casco antiguo por {m} euros.
            El sendero tiene {n} km y poca sombra, lleva agua.
            Prueba el pescado a la brasa en el puerto.
            Guarda el mapa sin conexión antes de volar.
        """),
        boards=items("Próximos viajes, Escapadas, Rutas en coche, Lugares con encanto"),
        tags=items("viajes, escapada, rutas"),
        bait=items("crucero para dos, noches de hotel, vuelos baratísimos"),
    ),
    "beauty": TopicWords(
        subjects=items("""uñas nude, maquillaje de día, rizos sin calor, rutina para piel seca,
            flequillo cortina, manicura francesa, recogido con trenzas"""),
        titles=lines("""
            {s} [paso a paso|para principiantes|que dura todo el día]
            ideas: {s}
            mi secreto para {s}
        """),
        bodies=lines("""
            Aplica sobre la piel húmeda y sella con crema.
            Dos capas finas y brillo: aguanta {n} días.
            Usa siempre protector solar y prueba antes en el brazo.
            Seca al aire y duerme con funda de satén.
        """),
        boards=items("Uñas bonitas, Pelo, Cuidado de la piel, Maquillaje"),
        tags=items("unas, maquillaje, skincare"),
        bait=items("sérum antiedad, blanqueador dental, aceite milagroso"),
    ),
    "fitness": TopicWords(
        subjects=items("""rutina de piernas, yoga por la mañana, plan para correr 5 km,
            estiramientos de espalda, pilates en la pared, ejercicios con bandas"""),
        titles=lines("""
            {s} en {m} minutos
            {s} [en casa|sin material|para empezar]
        """),
        bodies=lines("""
            Haz {n} series y descansa {m} segundos.
            Solo necesitas una esterilla y una silla.
            Suelta el aire al subir y baja despacio.
            Los días de descanso también cuentan.
        """),
        boards=items("Ejercicio en casa, Correr, Yoga"),
        tags=items("entrenoencasa, yoga, correr"),
        bait=items("té quemagrasa, parches detox, plan para adelgazar"),
    ),
    "tech": TopicWords(
        subjects=items("""escritorio minimalista, atajos de hojas de cálculo,
            fotos con el móvil, sensores para casa, teclado mecánico"""),
        titles=lines("""
            {s}: [trucos|guía rápida]
            {n} consejos sobre {s}
        """),
        bodies=lines("""
            Un solo cable USB-C para el monitor y la carga.
            La batería dura {n} días y la pantalla no cansa.
            El script y los ajustes están en el artículo.
        """),
        boards=items("Tecnología, Mi escritorio"),
        tags=items("tecnologia, productividad"),
        bait=items("móvil gratis, consola, auriculares inalámbricos"),
    ),
}

SPANISH_SHARED = SharedWords(
    vague_titles=lines("""
        me encanta
        para guardar
        tengo que probarlo
        ideas
    """),
    clickbait=lines("""
        no te vas a creer lo fácil que es:
        ¡para de hacer scroll!
        el secreto que nadie cuenta:
    """),
    closers=lines("""
        ¡Guárdalo para luego!
        Cuéntame si lo pruebas.
        Más fotos en el blog.
    """),
    honest_lures=lines("""
        Haz clic para ver [la receta|el tutorial|la guía] completa.
        La mejor oferta que encontré, y no es publicidad.
        Descarga gratis en el blog, sin registro.
        Está al 50% esta semana, yo lo pagué entero.
        Hago un pequeño sorteo por el cumpleaños del blog.
    """),
    low_bodies=lines("""
        bonito
        foto del móvil, se ve oscura
        no sé de dónde es
        ver más ver más
        luego pongo el texto
    """),
    spam_titles=lines("""
        GRATIS: {b}, solo hoy
        {b} con 80% de descuento
        gana: {b} en {n} segundos
        has sido seleccionada: {b}
        gana {m}0 euros al día desde casa
        {s} + {b} de regalo
    """),
    spam_bodies=lines("""
        Pulsa el enlace y deja tu correo para recibir tu premio.
        ¡Corre, quedan {n} unidades y la oferta acaba esta noche!
        Sin tarjeta, solo pagas el envío.
        Resultados garantizados en {n} días o te devolvemos el dinero.
        Escríbeme por privado para la lista de precios.
        Invita a {n} amigas y llévate el regalo.
    """),
    sneaky_bodies=lines("""
        Mira el mejor precio aquí.
        Sigue leyendo en la página siguiente.
        Compra ahora.
        A nuestras lectoras les encanta.
    """),
    boards=items("Guardado, Ideas, Varios, Cosas que me gustan"),
)
